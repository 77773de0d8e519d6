// SPDX-License-Identifier: GPL-2.0-or-later
#include "nats/jetstream.h"

#include <new>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "nats/jetstream_answers.h"
#include "nats/jetstream_config.h"

namespace kamexec::nats {
namespace {

using nlohmann::json;

constexpr std::string_view kApi = "$JS.API.";
constexpr const char* kShortOfMemory = "out of memory";  // std::string keeps it in itself

std::string api(std::string_view verb, std::string_view stream, std::string_view consumer = {}) {
  std::string subject;
  subject.append(kApi).append(verb).append(".").append(stream);
  if (!consumer.empty()) {
    subject.append(".").append(consumer);
  }
  return subject;
}

// Requests are written by hand: a nlohmann::json with members allocates when it is destroyed, which
// ends the process where there is no memory.

std::string field(std::string_view name, std::uint64_t value) {
  return '"' + std::string(name) + "\":" + std::to_string(value);
}

std::string field(std::string_view name, std::string_view value) {
  return '"' + std::string(name) + "\":" + json(value).dump();
}

/// What @p make gives; without memory for that, that nobody knows what has come of it.
template <typename T, typename Make>
StreamAnswer<T> made_by(Make make) {
  try {
    return make();
  } catch (const std::bad_alloc&) {
    return tl::unexpected(StreamTrouble{StreamFault::unknown, 0, kShortOfMemory});
  }
}

}  // namespace

struct JetStream::State : std::enable_shared_from_this<State> {
  explicit State(Link& used) : link(used) {}

  /// @p read: the payload of the answer to what @p done wants.
  template <typename T, typename Read>
  Begun ask(const Outgoing& message, TimePoint deadline, Done<T> done, Read read) {
    // Shared: exactly one of the two is called.
    const auto told = std::make_shared<Done<T>>(std::move(done));
    const auto asked = link.request(
        message, deadline,
        [weak = weak_from_this(), told, read](const Incoming& answer) {
          if (const auto here = weak.lock()) {
            (*told)(made_by<T>([&] { return read(answer.payload()); }));
          }
        },
        [weak = weak_from_this(), told](const Trouble& trouble) {
          if (const auto here = weak.lock()) {
            (*told)(made_by<T>(
                [&]() -> StreamAnswer<T> { return tl::unexpected(trouble_of(trouble)); }));
          }
        });
    if (!asked) {
      return tl::unexpected(trouble_of(Trouble{asked.error(), {}}));
    }
    return {};
  }

  template <typename T>
  struct Wanted {
    std::string info;    ///< the subject that asks whether it is there
    std::string create;  ///< the one that makes it
    std::string request;
    std::function<StreamAnswer<T>(std::string_view)> read;
    TimePoint deadline{};
    Done<T> done;
  };

  /// Looks for it; where it isn't there, and @p may_make, makes it. Somebody else may make it
  /// meanwhile, and make it different: then it is looked at once more.
  template <typename T>
  Begun look(const std::shared_ptr<Wanted<T>>& wanted, bool may_make) {
    return ask<T>(
        {.subject = wanted->info}, wanted->deadline,
        [this, wanted, may_make](StreamAnswer<T> there) {
          if (there || !may_make || there.error().fault != StreamFault::absent) {
            wanted->done(std::move(there));
          } else if (const Begun begun = make(wanted); !begun) {
            wanted->done(tl::unexpected(begun.error()));
          }
        },
        wanted->read);
  }

  template <typename T>
  Begun make(const std::shared_ptr<Wanted<T>>& wanted) {
    return ask<T>(
        {.subject = wanted->create, .payload = wanted->request}, wanted->deadline,
        [this, wanted](StreamAnswer<T> made) {
          if (made || made.error().fault != StreamFault::differs || made.error().code == 0) {
            wanted->done(std::move(made));
          } else if (const Begun begun = look(wanted, false); !begun) {
            wanted->done(tl::unexpected(begun.error()));
          }
        },
        wanted->read);
  }

  Link& link;
};

JetStream::JetStream(Link& link) : state_(std::make_shared<State>(link)) {}

JetStream::~JetStream() = default;

JetStream::Begun JetStream::publish(const StreamOutgoing& message, TimePoint deadline,
                                    Done<Published> done) {
  std::vector<Header> headers(message.headers.begin(), message.headers.end());
  if (!message.id.empty()) {
    headers.push_back({"Nats-Msg-Id", message.id});
  }
  if (!message.stream.empty()) {
    headers.push_back({"Nats-Expected-Stream", message.stream});
  }
  return state_->ask<Published>(
      {.subject = message.subject, .headers = headers, .payload = message.payload}, deadline,
      std::move(done), read_published);
}

JetStream::Begun JetStream::ensure_stream(const StreamConfig& wanted, TimePoint deadline,
                                          Done<StreamState> done) {
  const auto all = std::make_shared<State::Wanted<StreamState>>();
  all->info = api("STREAM.INFO", wanted.name);
  all->create = api("STREAM.CREATE", wanted.name);
  all->request = stream_request(wanted);
  all->read = [wanted](std::string_view answer) { return read_stream(answer, wanted); };
  all->deadline = deadline;
  all->done = std::move(done);
  return state_->look(all, true);
}

JetStream::Begun JetStream::ensure_consumer(std::string_view stream, const ConsumerConfig& wanted,
                                            TimePoint deadline, Done<ConsumerState> done) {
  const auto all = std::make_shared<State::Wanted<ConsumerState>>();
  all->info = api("CONSUMER.INFO", stream, wanted.name);
  all->create = api("CONSUMER.DURABLE.CREATE", stream, wanted.name);
  all->request = consumer_request(stream, wanted);
  all->read = [wanted, of = std::string(stream)](std::string_view answer) {
    return read_consumer(answer, of, wanted);
  };
  all->deadline = deadline;
  all->done = std::move(done);
  return state_->look(all, true);
}

JetStream::Begun JetStream::state_of(std::string_view stream, std::string_view subjects,
                                     TimePoint deadline, Done<StreamState> done) {
  const std::string what =
      subjects.empty() ? std::string() : "{" + field("subjects_filter", subjects) + "}";
  return state_->ask<StreamState>({.subject = api("STREAM.INFO", stream), .payload = what},
                                  deadline, std::move(done), read_state);
}

JetStream::Begun JetStream::get(std::string_view stream, std::uint64_t sequence, TimePoint deadline,
                                Done<StreamMessage> done) {
  return state_->ask<StreamMessage>(
      {.subject = api("STREAM.MSG.GET", stream), .payload = "{" + field("seq", sequence) + "}"},
      deadline, std::move(done), read_message);
}

JetStream::Begun JetStream::get_next(std::string_view stream, std::string_view subject,
                                     std::uint64_t sequence, TimePoint deadline,
                                     Done<StreamMessage> done) {
  return state_->ask<StreamMessage>(
      {.subject = api("STREAM.MSG.GET", stream),
       .payload = "{" + field("seq", sequence) + "," + field("next_by_subj", subject) + "}"},
      deadline, std::move(done), read_message);
}

JetStream::Begun JetStream::erase(std::string_view stream, std::uint64_t sequence,
                                  TimePoint deadline, Done<void> done) {
  return state_->ask<void>({.subject = api("STREAM.MSG.DELETE", stream),
                            .payload = "{" + field("seq", sequence) + ",\"no_erase\":true}"},
                           deadline, std::move(done), read_success);
}

JetStream::Begun JetStream::purge(std::string_view stream, std::string_view subject,
                                  TimePoint deadline, Done<std::uint64_t> done) {
  return state_->ask<std::uint64_t>(
      {.subject = api("STREAM.PURGE", stream), .payload = "{" + field("filter", subject) + "}"},
      deadline, std::move(done), read_purged);
}

JetStream::Begun JetStream::pull(std::string_view stream, std::string_view consumer,
                                 const Pull& what, std::string_view reply) {
  const std::string request =
      "{" + field("batch", what.batch) + "," +
      (what.no_wait ? "\"no_wait\":true"
                    : field("expires", static_cast<std::uint64_t>(what.expires.count()))) +
      "}";
  const auto sent = state_->link.publish(
      {.subject = api("CONSUMER.MSG.NEXT", stream, consumer), .reply = reply, .payload = request});
  return sent ? Begun() : tl::unexpected(trouble_of(Trouble{sent.error(), {}}));
}

JetStream::Begun JetStream::settle(std::string_view reply, Settled how,
                                   std::chrono::nanoseconds pause, TimePoint deadline,
                                   Done<void> done) {
  std::string text = "+ACK";
  if (how == Settled::give_up) {
    text = "+TERM";
  } else if (how == Settled::later) {
    text = "-NAK";
    if (pause.count() > 0) {
      text += " {" + field("delay", static_cast<std::uint64_t>(pause.count())) + "}";
    }
  }
  return state_->ask<void>({.subject = reply, .payload = text}, deadline, std::move(done),
                           [](std::string_view) { return StreamAnswer<void>(); });
}

JetStream::Begun JetStream::in_progress(std::string_view reply) {
  const auto sent = state_->link.publish({.subject = reply, .payload = "+WPI"});
  return sent ? Begun() : tl::unexpected(trouble_of(Trouble{sent.error(), {}}));
}

}  // namespace kamexec::nats

// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/fleet_queue.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <new>
#include <optional>
#include <utility>

#include "base/clock.h"
#include "daemon/queue_command.h"
#include "fleet/call_message.h"
#include "fleet/note_streams.h"

namespace kamexec::daemon {
namespace {

constexpr std::chrono::milliseconds kAnswerTime{5'000};

TimePoint answer_until() {
  return after(Clock::now(), kAnswerTime);
}

process::Outcome outcome_of(const nats::StreamTrouble& trouble) {
  return process::Outcome::refused("the fleet's store: " + trouble.detail);
}

/// Of a subject with one token for the program, no wildcard: what has another name isn't there.
bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  });
}

template <typename Value>
Value number_of(const std::string& text, Value otherwise) {
  Value value = otherwise;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? value : otherwise;
}

stored::StoredNotification notification_of(const nats::StreamMessage& message, bool dead,
                                           FleetQueue::Number number, bool whole) {
  stored::StoredNotification one;
  one.number = number;
  one.state = dead ? stored::State::dead : stored::State::waiting;
  stored::Notification& call = one.notification;
  call.program = fleet::Subjects::last(message.subject);
  call.id = fleet::id_of(message.payload);
  call.stored_at = message.stored_at
                       ? std::chrono::floor<std::chrono::milliseconds>(*message.stored_at)
                       : stored::wall_now();
  fleet::ReceivedCall received;
  if (const Result<void> read = fleet::read_call(message.payload, received); !read) {
    one.damage = read.error().message;
  } else {
    const service::CallRequest& request = received.request();
    call.call = request.call;
    call.arguments.assign(request.arguments.begin(), request.arguments.end());
    if (whole) {
      call.variables = request.variables;
      call.uri = request.uri;
      call.message = request.message;
      call.input = request.input;
    }
  }
  if (dead) {
    call.attempts = number_of<std::uint32_t>(message.header("Kamexec-Attempts"), 0);
    one.last = stored::LastAttempt{message.header("Kamexec-Outcome"), -1,
                                   message.header("Kamexec-Detail"), call.stored_at};
  }
  return one;
}

}  // namespace

/// A part of a stream that is gone through.
struct FleetQueue::Place {
  bool dead = false;
  std::string subject;  ///< of a program; empty: of any
  std::uint64_t from = 1;
  std::uint64_t last = 0;  ///< 0: what is the last one when it begins
};

/// One way through the streams: visit() is called for each message, and calls next() when it is
/// done, or done().
struct FleetQueue::Walk {
  std::vector<Place> places;
  std::size_t at = 0;
  std::size_t looked_at = 0;
  std::function<void(const nats::StreamMessage& message, bool dead, Number number)> visit;
  std::function<void(std::optional<process::Outcome> failure)> done;  ///< empty: it is over

  void finish(std::optional<process::Outcome> failure) {
    if (const auto told = std::exchange(done, nullptr)) {
      told(std::move(failure));
    }
  }
};

/// A step of it, if it isn't over: without memory for that it is.
template <typename Body>
void FleetQueue::step(const std::shared_ptr<Walk>& walk, Body body) {
  if (!walk->done) {
    return;
  }
  try {
    body();
  } catch (const std::exception&) {
    walk->finish(process::Outcome::short_of_memory(process::Cause::refused));
  }
}

/// Begins the walk that @p make gives; without memory for it, answers so.
template <typename T, typename Make>
void FleetQueue::walk_or_answer(const Answer<T>& answer, Make make) {
  std::shared_ptr<Walk> walk;
  try {
    walk = make();
  } catch (const std::exception&) {
    answer(tl::unexpected<process::Outcome>(
        process::Outcome::short_of_memory(process::Cause::refused)));
    return;
  }
  step(walk, [&] { begin_place(walk); });
}

FleetQueue::FleetQueue(nats::JetStream& streams, const fleet::Subjects& subjects)
    : streams_(streams),
      subjects_(subjects),
      note_stream_(fleet::note_stream_name(subjects)),
      dead_stream_(fleet::dead_stream_name(subjects)) {}

std::shared_ptr<FleetQueue::Walk> FleetQueue::walk_over(const stored::Selection& which,
                                                        const std::vector<Number>& numbers,
                                                        bool dead_alone) const {
  auto walk = std::make_shared<Walk>();
  if (which.program && !is_name(*which.program)) {
    return walk;
  }
  const auto subject_of = [&](bool dead) {
    if (!which.program) {
      return std::string();
    }
    return dead ? subjects_.dead(*which.program) : subjects_.note(*which.program);
  };
  const auto is_wanted = [&](bool dead) {
    return (dead || !dead_alone) &&
           (!which.state || *which.state == (dead ? stored::State::dead : stored::State::waiting));
  };
  const auto after_of = [&](Number first) {
    return static_cast<std::uint64_t>(std::max<Number>(which.after - first, 0));
  };
  for (const Number number : numbers) {
    const bool dead = number > kFirstDead;
    const auto sequence = static_cast<std::uint64_t>(number - (dead ? kFirstDead : kFirstNote));
    if (is_wanted(dead) && number > which.after) {
      walk->places.push_back({dead, subject_of(dead), sequence, sequence});
    }
  }
  if (!numbers.empty()) {
    return walk;
  }
  if (is_wanted(false) && which.after < kFirstDead) {
    walk->places.push_back({false, subject_of(false), after_of(kFirstNote) + 1, 0});
  }
  if (is_wanted(true)) {
    walk->places.push_back({true, subject_of(true), after_of(kFirstDead) + 1, 0});
  }
  return walk;
}

/// Finds out where it ends: what comes meanwhile isn't gone through.
void FleetQueue::begin_place(const std::shared_ptr<Walk>& walk) {
  if (walk->at == walk->places.size()) {
    walk->finish(std::nullopt);
    return;
  }
  const Place& place = walk->places[walk->at];
  if (place.last != 0) {
    next(walk);
    return;
  }
  const auto begun =
      streams_.state_of(place.dead ? dead_stream_ : note_stream_, {}, answer_until(),
                        [this, walk](const nats::StreamAnswer<nats::StreamState>& state) {
                          step(walk, [&] { place_has(walk, state); });
                        });
  if (!begun) {
    walk->finish(outcome_of(begun.error()));
  }
}

void FleetQueue::place_has(const std::shared_ptr<Walk>& walk,
                           const nats::StreamAnswer<nats::StreamState>& state) {
  if (!state && state.error().fault != nats::StreamFault::absent) {
    walk->finish(outcome_of(state.error()));
    return;
  }
  if (!state || state->messages == 0) {
    ++walk->at;
    begin_place(walk);
    return;
  }
  walk->places[walk->at].last = state->last;
  next(walk);
}

void FleetQueue::next(const std::shared_ptr<Walk>& walk) {
  const Place& place = walk->places[walk->at];
  if (place.from > place.last) {
    ++walk->at;
    begin_place(walk);
    return;
  }
  // Of all subjects, which the server looks for in its messages. Its list of a subject's messages
  // is wrong where the last one was erased and then the first (nats-server before 2.10).
  const auto begun =
      streams_.get_next(place.dead ? dead_stream_ : note_stream_, ">", place.from, answer_until(),
                        [this, walk](const nats::StreamAnswer<nats::StreamMessage>& message) {
                          step(walk, [&] { visit(walk, message); });
                        });
  if (!begun) {
    walk->finish(outcome_of(begun.error()));
  }
}

void FleetQueue::visit(const std::shared_ptr<Walk>& walk,
                       const nats::StreamAnswer<nats::StreamMessage>& message) {
  Place& here = walk->places[walk->at];
  if (!message && message.error().fault != nats::StreamFault::absent) {
    walk->finish(outcome_of(message.error()));
    return;
  }
  if (!message || message->sequence > here.last || message->sequence < here.from) {
    ++walk->at;
    begin_place(walk);
    return;
  }
  here.from = message->sequence + 1;
  ++walk->looked_at;
  if (!here.subject.empty() && message->subject != here.subject) {
    next(walk);
    return;
  }
  walk->visit(*message, here.dead,
              (here.dead ? kFirstDead : kFirstNote) + static_cast<Number>(message->sequence));
}

// Shown.

namespace {

using Finish = std::function<void(std::optional<process::Outcome>)>;

/// @p what is told at the end, or why that came early.
template <typename T>
Finish tells(const std::shared_ptr<T>& what, FleetQueue::Answer<T> answer) {
  return [what, answer = std::move(answer)](std::optional<process::Outcome> failure) {
    if (failure) {
      answer(tl::unexpected<process::Outcome>(std::move(*failure)));
    } else {
      answer(std::move(*what));
    }
  };
}

}  // namespace

void FleetQueue::list(const stored::Selection& which, const std::vector<Number>& numbers,
                      std::size_t rows, std::size_t bytes, const Answer<Listed>& answer) {
  walk_or_answer(answer, [&] {
    std::shared_ptr<Walk> walk = walk_over(which, numbers, false);
    const auto listed = std::make_shared<Listed>();
    walk->done = tells(listed, answer);
    walk->visit = [this, weak = std::weak_ptr(walk), listed, last = which.after, left = rows, bytes,
                   whole = which.whole](const nats::StreamMessage& message, bool dead,
                                        Number number) mutable {
      const auto here = weak.lock();
      if (left == 0 || listed->text.size() >= bytes) {
        listed->text += more_json(last) + "\n";
        here->finish(std::nullopt);
        return;
      }
      --left;
      last = number;
      listed->text += notification_json(notification_of(message, dead, number, whole), whole, false,
                                        stored::wall_now(), KeptBy::fleet) +
                      "\n";
      next(here);
    };
    return walk;
  });
}

void FleetQueue::find(const stored::Selection& which, const std::vector<std::string>& ids,
                      const Answer<Found>& answer) {
  walk_or_answer(answer, [&] {
    std::shared_ptr<Walk> walk = walk_over(which, {}, false);
    // The dead ones are mostly meant, and mostly few.
    std::reverse(walk->places.begin(), walk->places.end());
    const auto found = std::make_shared<Found>();
    walk->done = tells(found, answer);
    walk->visit = [this, weak = std::weak_ptr(walk), found, ids](const nats::StreamMessage& message,
                                                                 bool /*dead*/, Number number) {
      const auto here = weak.lock();
      const std::string id(fleet::id_of(message.payload));
      if (std::find(ids.begin(), ids.end(), id) != ids.end()) {
        found->numbers.push_back(number);
        if (std::find(found->ids.begin(), found->ids.end(), id) == found->ids.end()) {
          found->ids.push_back(id);
        }
      }
      if (found->ids.size() == ids.size() || here->looked_at == kMostLookedAt) {
        here->finish(std::nullopt);
        return;
      }
      next(here);
    };
    return walk;
  });
}

// Changed.

namespace {

/// @p count is told at the end, or why that came early.
Finish tells_count(const std::shared_ptr<std::size_t>& count,
                   FleetQueue::Answer<std::size_t> answer) {
  return [count, answer = std::move(answer)](std::optional<process::Outcome> failure) {
    if (!failure) {
      answer(*count);
      return;
    }
    try {
      failure->detail += " (after " + std::to_string(*count) + " were changed)";
    } catch (const std::bad_alloc&) {  // the failure is told without the count
    }
    answer(tl::unexpected<process::Outcome>(std::move(*failure)));
  };
}

}  // namespace

/// Then goes on.
void FleetQueue::erase(const std::shared_ptr<Walk>& walk, bool dead, std::uint64_t sequence,
                       const std::shared_ptr<std::size_t>& count) {
  const auto begun =
      streams_.erase(dead ? dead_stream_ : note_stream_, sequence, answer_until(),
                     [this, walk, count](const nats::StreamAnswer<void>& erased) {
                       step(walk, [&] {
                         if (!erased && erased.error().fault != nats::StreamFault::absent) {
                           walk->finish(outcome_of(erased.error()));
                           return;
                         }
                         *count += erased ? std::size_t{1} : 0;
                         next(walk);
                       });
                     });
  if (!begun) {
    walk->finish(outcome_of(begun.error()));
  }
}

void FleetQueue::change_some(const stored::Selection& which, const std::vector<Number>& numbers,
                             bool dead_alone, const Change& change,
                             const Answer<std::size_t>& answer) {
  walk_or_answer(answer, [&] {
    std::shared_ptr<Walk> walk = walk_over(which, numbers, dead_alone);
    const auto count = std::make_shared<std::size_t>(0);
    walk->done = tells_count(count, answer);
    walk->visit = [weak = std::weak_ptr(walk), count, most = which.most, change](
                      const nats::StreamMessage& message, bool dead, Number /*number*/) {
      const auto here = weak.lock();
      if (most && *count >= *most) {
        here->finish(std::nullopt);
      } else {
        change(here, message, dead, count);
      }
    };
    return walk;
  });
}

void FleetQueue::drop(const stored::Selection& which, const std::vector<Number>& numbers,
                      const Answer<std::size_t>& answer) {
  change_some(
      which, numbers, false,
      [this](const std::shared_ptr<Walk>& walk, const nats::StreamMessage& message, bool dead,
             const std::shared_ptr<std::size_t>& count) {
        erase(walk, dead, message.sequence, count);
      },
      answer);
}

void FleetQueue::retry(const stored::Selection& which, const std::vector<Number>& numbers,
                       const Answer<std::size_t>& answer) {
  change_some(
      which, numbers, true,
      [this](const std::shared_ptr<Walk>& walk, const nats::StreamMessage& message, bool dead,
             const std::shared_ptr<std::size_t>& count) { again(walk, message, dead, count); },
      answer);
}

/// Stores it once more, then takes the old one away and goes on.
void FleetQueue::again(const std::shared_ptr<Walk>& walk, const nats::StreamMessage& message,
                       bool dead, const std::shared_ptr<std::size_t>& count) {
  // Another id than the call's, by which the server might know it still; the same each time, so
  // that it is there once, though it could not be taken away from here.
  const std::string id =
      std::string(fleet::id_of(message.payload)) + ".again." + std::to_string(message.sequence);
  const std::string subject = subjects_.note(fleet::Subjects::last(message.subject));
  const auto begun = streams_.publish(
      {.subject = subject, .id = id, .stream = note_stream_, .payload = message.payload},
      answer_until(),
      [this, walk, dead, sequence = message.sequence,
       count](const nats::StreamAnswer<nats::Published>& there) {
        step(walk, [&] {
          if (there) {
            erase(walk, dead, sequence, count);
          } else {
            walk->finish(outcome_of(there.error()));
          }
        });
      });
  if (!begun) {
    walk->finish(outcome_of(begun.error()));
  }
}

}  // namespace kamexec::daemon

// SPDX-License-Identifier: GPL-2.0-or-later
#include "fleet/census.h"

#include <algorithm>
#include <exception>
#include <list>
#include <utility>

#include <nlohmann/json.hpp>

#include "fleet/subjects.h"
#include "pool/request_id.h"

namespace kamexec::fleet {
namespace {

using nlohmann::json;

constexpr std::size_t kMostAnswers = 10'000;
constexpr std::size_t kMostBytes = std::size_t{16} << 20;
/// Of one answer: the largest message of a server as it comes.
constexpr std::size_t kLongestAnswer = std::size_t{1} << 20;
/// Ours has 4. What writes JSON again calls itself for each.
constexpr int kDeepest = 16;

bool has_text(const json& value, const char* key, std::string_view text) {
  const auto found = value.find(key);
  return found != value.end() && found->is_string() && found->get_ref<const std::string&>() == text;
}

}  // namespace

bool is_stats(std::string_view text) {
  if (text.size() > kLongestAnswer) {
    return false;
  }
  bool deep = false;
  const auto look = [&deep](int depth, json::parse_event_t, const json&) {
    deep |= depth > kDeepest;
    return !deep;  // nothing more is kept
  };
  const json value = json::parse(text, look, false);
  return !deep && value.is_object() && has_text(value, "type", "io.nats.micro.v1.stats_response") &&
         has_text(value, "name", kServiceName);
}

struct Census::State : std::enable_shared_from_this<State> {
  struct Asked {
    TimePoint until{};
    Done done;
    nats::SubscriptionId subscription = 0;
    std::vector<std::string> answers;
    std::size_t bytes = 0;

    void take(std::string_view text) {
      if (answers.size() < kMostAnswers && text.size() <= kMostBytes - bytes && is_stats(text)) {
        answers.emplace_back(text);
        bytes += text.size();
      }
    }
  };

  State(nats::Link& used_link, std::string own_inbox)
      : link(used_link), inbox(std::move(own_inbox)) {}

  nats::Link& link;
  const std::string inbox;
  std::list<Asked> asked;
};

Census::Census(nats::Link& link, std::string inbox)
    : state_(std::make_shared<State>(link, std::move(inbox))) {}

Census::~Census() {
  try {
    for (State::Asked& asked : state_->asked) {
      if (asked.subscription != 0) {
        state_->link.unsubscribe(asked.subscription, [] {});
      }
    }
  } catch (const std::exception&) {  // short of memory: what comes finds nobody
  }
}

void Census::ask(std::chrono::milliseconds time, Done done) {
  State& state = *state_;
  State::Asked& asked = state.asked.emplace_back();
  const auto place = std::prev(state.asked.end());
  asked.done = std::move(done);
  asked.until = TimePoint::min();  // at the next tick(), where it can't be asked
  const Result<pool::RequestId> id = pool::new_request_id();
  if (!id || !state.link.state().connected) {
    return;
  }
  const std::string reply = state.inbox + ".census." + std::string(id->text());
  asked.subscription = state.link.subscribe(
      reply, {}, [weak = state.weak_from_this(), place](const nats::Incoming& message) {
        // As long as it is subscribed it is in the list.
        if (const auto here = weak.lock()) {
          try {
            place->take(message.payload());
          } catch (const std::exception&) {  // short of memory: one is missing
          }
        }
      });
  if (state.link.publish({.subject = "$SRV.STATS." + std::string(kServiceName), .reply = reply})) {
    asked.until = after(Clock::now(), time);
  }
}

TimePoint Census::wake_at() const {
  TimePoint at = kNoDeadline;
  for (const State::Asked& asked : state_->asked) {
    at = std::min(at, asked.until);
  }
  return at;
}

void Census::tick(TimePoint now) {
  State& state = *state_;
  for (auto asked = state.asked.begin(); asked != state.asked.end();) {
    if (now < asked->until) {
      ++asked;
      continue;
    }
    const auto over = asked++;
    if (!over->done) {
      continue;
    }
    const Done done = std::exchange(over->done, nullptr);
    std::vector<std::string> answers = std::exchange(over->answers, {});
    if (over->subscription == 0) {
      state.asked.erase(over);
    } else {
      // It stays until nothing comes for it any more.
      over->until = kNoDeadline;
      state.link.unsubscribe(std::exchange(over->subscription, 0),
                             [weak = state.weak_from_this(), over] {
                               if (const auto here = weak.lock()) {
                                 here->asked.erase(over);
                               }
                             });
    }
    done(std::move(answers));
  }
}

}  // namespace kamexec::fleet

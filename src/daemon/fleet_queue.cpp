// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/fleet_queue.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
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
  std::string subject;
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
  std::function<void(std::optional<process::Outcome> failure)> done;
};

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
    if (which.program) {
      return dead ? subjects_.dead(*which.program) : subjects_.note(*which.program);
    }
    return dead ? subjects_.any_dead() : subjects_.any_note();
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
    walk->done(std::nullopt);
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
                          if (!state && state.error().fault != nats::StreamFault::absent) {
                            walk->done(outcome_of(state.error()));
                            return;
                          }
                          if (!state || state->messages == 0) {
                            ++walk->at;
                            begin_place(walk);
                            return;
                          }
                          walk->places[walk->at].last = state->last;
                          next(walk);
                        });
  if (!begun) {
    walk->done(outcome_of(begun.error()));
  }
}

void FleetQueue::next(const std::shared_ptr<Walk>& walk) {
  const Place& place = walk->places[walk->at];
  if (place.from > place.last) {
    ++walk->at;
    begin_place(walk);
    return;
  }
  const auto begun = streams_.get_next(
      place.dead ? dead_stream_ : note_stream_, place.subject, place.from, answer_until(),
      [this, walk](const nats::StreamAnswer<nats::StreamMessage>& message) {
        Place& here = walk->places[walk->at];
        if (!message && message.error().fault != nats::StreamFault::absent) {
          walk->done(outcome_of(message.error()));
          return;
        }
        if (!message || message->sequence > here.last || message->sequence < here.from) {
          ++walk->at;
          begin_place(walk);
          return;
        }
        here.from = message->sequence + 1;
        ++walk->looked_at;
        walk->visit(*message, here.dead,
                    (here.dead ? kFirstDead : kFirstNote) + static_cast<Number>(message->sequence));
      });
  if (!begun) {
    walk->done(outcome_of(begun.error()));
  }
}

// Shown.

void FleetQueue::list(const stored::Selection& which, const std::vector<Number>& numbers,
                      std::size_t rows, std::size_t bytes, Answer<Listed> answer) {
  const std::shared_ptr<Walk> walk = walk_over(which, numbers, false);
  const auto listed = std::make_shared<Listed>();
  const auto told = std::make_shared<Answer<Listed>>(std::move(answer));
  const auto last = std::make_shared<Number>(which.after);
  const auto left = std::make_shared<std::size_t>(rows);
  walk->done = [listed, told](std::optional<process::Outcome> failure) {
    if (failure) {
      (*told)(tl::unexpected<process::Outcome>(std::move(*failure)));
    } else {
      (*told)(std::move(*listed));
    }
  };
  walk->visit = [this, walk = std::weak_ptr(walk), listed, told, last, left, bytes,
                 whole = which.whole](const nats::StreamMessage& message, bool dead,
                                      Number number) {
    if (*left == 0 || listed->text.size() >= bytes) {
      listed->text += more_json(*last) + "\n";
      (*told)(std::move(*listed));
      return;
    }
    --*left;
    *last = number;
    listed->text += notification_json(notification_of(message, dead, number, whole), whole, false,
                                      stored::wall_now(), KeptBy::fleet) +
                    "\n";
    next(walk.lock());
  };
  begin_place(walk);
}

void FleetQueue::find(const stored::Selection& which, const std::vector<std::string>& ids,
                      Answer<Found> answer) {
  const std::shared_ptr<Walk> walk = walk_over(which, {}, false);
  // The dead ones are mostly meant, and mostly few.
  std::reverse(walk->places.begin(), walk->places.end());
  const auto found = std::make_shared<Found>();
  const auto told = std::make_shared<Answer<Found>>(std::move(answer));
  walk->done = [found, told](std::optional<process::Outcome> failure) {
    if (failure) {
      (*told)(tl::unexpected<process::Outcome>(std::move(*failure)));
    } else {
      (*told)(std::move(*found));
    }
  };
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
      here->done(std::nullopt);
      return;
    }
    next(here);
  };
  begin_place(walk);
}

// Changed.

namespace {

/// @p count is told at the end, or why that came early.
std::function<void(std::optional<process::Outcome>)> tells(
    const std::shared_ptr<std::size_t>& count, FleetQueue::Answer<std::size_t> answer) {
  return [count, answer = std::move(answer)](std::optional<process::Outcome> failure) {
    if (!failure) {
      answer(*count);
      return;
    }
    failure->detail += " (after " + std::to_string(*count) + " were changed)";
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
                       if (!erased && erased.error().fault != nats::StreamFault::absent) {
                         walk->done(outcome_of(erased.error()));
                         return;
                       }
                       *count += erased ? std::size_t{1} : 0;
                       next(walk);
                     });
  if (!begun) {
    walk->done(outcome_of(begun.error()));
  }
}

void FleetQueue::change_some(const stored::Selection& which, const std::vector<Number>& numbers,
                             bool dead_alone, const Change& change, Answer<std::size_t> answer) {
  const std::shared_ptr<Walk> walk = walk_over(which, numbers, dead_alone);
  const auto count = std::make_shared<std::size_t>(0);
  walk->done = tells(count, std::move(answer));
  walk->visit = [weak = std::weak_ptr(walk), count, most = which.most, change](
                    const nats::StreamMessage& message, bool dead, Number /*number*/) {
    const auto here = weak.lock();
    if (most && *count >= *most) {
      here->done(std::nullopt);
    } else {
      change(here, message, dead, count);
    }
  };
  begin_place(walk);
}

void FleetQueue::drop(const stored::Selection& which, const std::vector<Number>& numbers,
                      Answer<std::size_t> answer) {
  change_some(
      which, numbers, false,
      [this](const std::shared_ptr<Walk>& walk, const nats::StreamMessage& message, bool dead,
             const std::shared_ptr<std::size_t>& count) {
        erase(walk, dead, message.sequence, count);
      },
      std::move(answer));
}

void FleetQueue::retry(const stored::Selection& which, const std::vector<Number>& numbers,
                       Answer<std::size_t> answer) {
  change_some(
      which, numbers, true,
      [this](const std::shared_ptr<Walk>& walk, const nats::StreamMessage& message, bool dead,
             const std::shared_ptr<std::size_t>& count) { again(walk, message, dead, count); },
      std::move(answer));
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
        if (there) {
          erase(walk, dead, sequence, count);
        } else {
          walk->done(outcome_of(there.error()));
        }
      });
  if (!begun) {
    walk->done(outcome_of(begun.error()));
  }
}

}  // namespace kamexec::daemon

// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/fleet_counts.h"

#include <utility>

#include "fleet/note_streams.h"

namespace kamexec::daemon {
namespace {

constexpr std::chrono::milliseconds kAnswerTime{5'000};

}  // namespace

struct FleetCounter::State : std::enable_shared_from_this<State> {
  State(nats::JetStream& used, const fleet::Subjects& its_subjects)
      : streams(used), subjects(its_subjects) {}

  void ask(bool dead) {
    const auto begun = streams.state_of(
        dead ? fleet::dead_stream_name(subjects) : fleet::note_stream_name(subjects),
        dead ? subjects.any_dead() : subjects.any_note(), after(Clock::now(), kAnswerTime),
        [weak = weak_from_this(), dead](const nats::StreamAnswer<nats::StreamState>& state) {
          const auto self = weak.lock();
          if (self == nullptr) {
            return;
          }
          if (!state) {
            self->end();  // what was known stays
            return;
          }
          self->take(*state, dead);
          if (!dead) {
            self->ask(true);
            return;
          }
          self->next.known = true;
          self->counts = std::exchange(self->next, {});
          self->end();
        });
    if (!begun) {
      end();
    }
  }

  void take(const nats::StreamState& state, bool dead) {
    for (const auto& [subject, count] : state.by_subject) {
      FleetCounts::OfProgram& of = next.programs[std::string(fleet::Subjects::last(subject))];
      (dead ? of.dead : of.waiting) = count;
    }
    if (!dead && state.messages > 0) {
      next.oldest = state.oldest;
    }
  }

  void end() {
    asking = false;
    at = after(Clock::now(), kInterval);
  }

  nats::JetStream& streams;
  const fleet::Subjects subjects;
  FleetCounts counts;
  FleetCounts next;
  bool asking = false;
  TimePoint at = TimePoint::min();
};

FleetCounter::FleetCounter(nats::JetStream& streams, const fleet::Subjects& subjects)
    : state_(std::make_shared<State>(streams, subjects)) {}

void FleetCounter::tick(TimePoint now) {
  State& state = *state_;
  if (!state.asking && now >= state.at) {
    state.asking = true;
    state.next = {};
    state.ask(false);
  }
}

TimePoint FleetCounter::wake_at() const {
  return state_->asking ? kNoDeadline : state_->at;
}

const FleetCounts& FleetCounter::counts() const {
  return state_->counts;
}

}  // namespace kamexec::daemon

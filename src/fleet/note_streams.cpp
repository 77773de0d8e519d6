// SPDX-License-Identifier: GPL-2.0-or-later
#include "fleet/note_streams.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace kamexec::fleet {
namespace {

constexpr std::chrono::milliseconds kAnswerTime{5'000};
constexpr std::chrono::milliseconds kLookAgain{5'000};

std::string stream_name(const Subjects& subjects, std::string_view kind) {
  std::string name = subjects.prefix();
  std::replace(name.begin(), name.end(), '.', '_');
  return name.append("-").append(kind);
}

}  // namespace

std::string note_stream_name(const Subjects& subjects) {
  return stream_name(subjects, "note");
}

std::string dead_stream_name(const Subjects& subjects) {
  return stream_name(subjects, "dead");
}

nats::StreamConfig note_stream(const Subjects& subjects, const NoteStreamRule& rule) {
  nats::StreamConfig config;
  config.name = note_stream_name(subjects);
  config.subjects = {subjects.any_note()};
  config.retention = nats::Retention::work_queue;
  config.replicas = rule.replicas;
  config.max_messages = rule.most;
  config.max_bytes = rule.most_bytes;
  config.duplicate_window = rule.duplicate_window;
  return config;
}

nats::StreamConfig dead_stream(const Subjects& subjects, const NoteStreamRule& rule) {
  nats::StreamConfig config;
  config.name = dead_stream_name(subjects);
  config.subjects = {subjects.any_dead()};
  config.replicas = rule.replicas;
  config.max_messages = rule.most;
  config.max_bytes = rule.most_bytes;
  config.max_age = rule.keep;
  // A server takes none that is longer than max_age.
  config.duplicate_window = std::min(rule.duplicate_window, rule.keep);
  return config;
}

struct NoteStreams::State : std::enable_shared_from_this<State> {
  State(nats::Link& used_link, nats::JetStream& used_streams)
      : link(used_link), streams(used_streams) {}

  /// Looks at the one of that number, then at those after it.
  void look(std::size_t number) {
    if (number == wanted.size()) {
      looking = false;
      ready = true;
      difference.reset();
      trouble.clear();
      return;
    }
    const auto begun =
        streams.ensure_stream(wanted[number], after(Clock::now(), kAnswerTime),
                              [weak = weak_from_this(), number, on = connection](
                                  const nats::StreamAnswer<nats::StreamState>& there) {
                                const auto self = weak.lock();
                                if (self == nullptr || on != self->connection) {
                                  return;
                                }
                                if (there) {
                                  self->look(number + 1);
                                } else {
                                  self->fail(there.error());
                                }
                              });
    if (!begun) {
      fail(begun.error());
    }
  }

  void fail(const nats::StreamTrouble& why) {
    looking = false;
    trouble = why.detail;
    difference = why.fault == nats::StreamFault::differs ? std::optional(why.detail) : std::nullopt;
    look_at = after(Clock::now(), kLookAgain);
  }

  nats::Link& link;
  nats::JetStream& streams;
  std::vector<nats::StreamConfig> wanted;
  std::uint64_t connection = 0;  ///< on which they were looked at
  bool ready = false;
  bool looking = false;
  std::optional<std::string> difference;
  std::string trouble;
  TimePoint look_at = kNoDeadline;
};

NoteStreams::NoteStreams(nats::Link& link, nats::JetStream& streams, const Subjects& subjects,
                         const NoteStreamRule& rule)
    : state_(std::make_shared<State>(link, streams)) {
  state_->wanted = {note_stream(subjects, rule), dead_stream(subjects, rule)};
}

bool NoteStreams::are_ready() const {
  const nats::LinkState& link = state_->link.state();
  return state_->ready && link.connected && link.connections == state_->connection;
}

std::optional<std::string> NoteStreams::difference() const {
  return state_->difference;
}

const std::string& NoteStreams::trouble() const {
  return state_->trouble;
}

TimePoint NoteStreams::wake_at() const {
  return state_->ready || state_->looking ? kNoDeadline : state_->look_at;
}

void NoteStreams::tick(TimePoint now) {
  State& state = *state_;
  const nats::LinkState& link = state.link.state();
  if (!link.connected) {
    return;
  }
  const bool is_another = link.connections != state.connection;
  if (is_another || (!state.ready && !state.looking && now >= state.look_at)) {
    state.connection = link.connections;
    state.ready = false;
    state.looking = true;
    state.look_at = kNoDeadline;
    state.look(0);
  }
}

}  // namespace kamexec::fleet

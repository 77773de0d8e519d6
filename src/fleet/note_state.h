// SPDX-License-Identifier: GPL-2.0-or-later
// What a NoteWorker knows of its notes. Used by its own files alone.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <unordered_map>
#include <utility>

#include "fleet/note_worker.h"

namespace kamexec::fleet {

/// For what the server is to answer.
inline constexpr std::chrono::milliseconds kNoteAnswerTime{5'000};

/// A note that came, until the server knows what has become of it.
struct TakenNote {
  std::string program;
  std::string id;  ///< of the call; empty: it can't be read
  std::string reply;
  std::string payload;
  std::uint64_t sequence = 0;
  std::uint64_t delivered = 0;
  bool ended = false;  ///< ended() was called, or it can't be read
  /// It takes no room any more. What the server is told:
  bool over = false;
  nats::Settled settled = nats::Settled::done;
  bool telling = false;  ///< that is under way
  TimePoint until{};     ///< then it is given up
};

struct NoteProgram {
  enum class Consumer { unknown, looking, ready };

  NoteRule rule;
  bool current = false;
  nats::SubscriptionId subscription = 0;
  std::string reply;
  int ending = 0;  ///< subscriptions
  Consumer consumer = Consumer::unknown;
  std::uint64_t connection = 0;          ///< on which it was looked for, and pulled
  std::deque<TimePoint> pulls{};         ///< when an answer to each has come
  TimePoint next_at = TimePoint::min();  ///< not before that
  std::uint32_t not_run = 0;             ///< in a row
  NoteFigures figures{};
};

struct NoteWorker::State : std::enable_shared_from_this<State> {
  State(nats::Link& used_link, nats::JetStream& used_streams, const NoteStreams& used_checked,
        NoteWorkerOptions its_options, NoteCalls& its_calls);

  // Programs, and what comes (note_pulls.cpp).
  void begin(NoteProgram& program);
  void end(const std::string& name, NoteProgram& program);
  void look(NoteProgram& program, TimePoint now);
  void pull(NoteProgram& program, TimePoint now);
  void came(const std::string& name, const nats::Incoming& message);
  void pull_ended(NoteProgram& program, const nats::PullEnd& end);
  void take(NoteProgram& program, const nats::Incoming& message, const nats::Delivery& delivery);
  [[nodiscard]] bool came_again(NoteProgram& program, const nats::Incoming& message,
                                const nats::Delivery& delivery);
  void give_back(NoteProgram& program, std::string_view reply, std::chrono::milliseconds pause);
  [[nodiscard]] NoteProgram* find(std::string_view program);

  // Ends (note_ends.cpp).
  void ended(NoteId id, const NoteEnd& end);
  [[nodiscard]] std::chrono::milliseconds pause(const NoteRule& rule, std::uint64_t failures) const;
  void settle(NoteId id, nats::Settled how, std::chrono::milliseconds pause);
  void bury(NoteId id, std::string_view reason, const NoteEnd& end);
  void tell_again(TimePoint now);
  void keep_alive(TimePoint now);
  void forget(NoteId id);

  nats::Link& link;
  nats::JetStream& streams;
  const NoteStreams& checked;
  const NoteWorkerOptions options;
  NoteCalls& calls;
  const std::string note_stream;
  const std::string dead_stream;
  std::string own_inbox;  ///< empty: the kernel gives no randomness
  std::map<std::string, NoteProgram, std::less<>> programs;
  std::unordered_map<NoteId, TakenNote> notes;
  std::map<std::pair<std::string, std::uint64_t>, NoteId> by_sequence;
  std::size_t held = 0;  ///< bytes of their payloads
  std::size_t over = 0;  ///< of notes
  NoteId last_id = 0;
  ReceivedCall received;
  bool draining = false;
  int ending = 0;  ///< subscriptions
  TimePoint alive_at = kNoDeadline;
  TimePoint again_at = kNoDeadline;
};

}  // namespace kamexec::fleet

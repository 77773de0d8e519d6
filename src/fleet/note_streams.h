// SPDX-License-Identifier: GPL-2.0-or-later
// The two streams of notes, calls that are kept until their program has run: those that wait, and
// those that were given up. docs/fleet-protocol.md, "Notes".
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "fleet/subjects.h"
#include "nats/jetstream.h"
#include "nats/link.h"

namespace kamexec::fleet {

/// As all daemons of a fleet have it: a daemon that wants something else than what is there says
/// so, and changes nothing.
struct NoteStreamRule {
  /// Servers of the cluster that keep each note: a note outlives the loss of a minority of them.
  std::int64_t replicas = 1;
  std::int64_t most = 1'000'000;  ///< notes that wait, of all programs
  std::int64_t most_bytes = -1;   ///< of those; -1: as many as the server may store
  std::chrono::nanoseconds keep{std::chrono::hours(24 * 7)};  ///< those that were given up
  /// For how long a note that is sent a second time is known by its id. Longer than it takes to
  /// connect to another server; each id takes some 100 bytes of the server's memory.
  std::chrono::nanoseconds duplicate_window{std::chrono::minutes(10)};
};

/// PREFIX-note and PREFIX-dead, with '_' for the dots of a prefix.
[[nodiscard]] std::string note_stream_name(const Subjects& subjects);
[[nodiscard]] std::string dead_stream_name(const Subjects& subjects);
[[nodiscard]] nats::StreamConfig note_stream(const Subjects& subjects, const NoteStreamRule& rule);
[[nodiscard]] nats::StreamConfig dead_stream(const Subjects& subjects, const NoteStreamRule& rule);

/// Makes or checks them on each connection. Used by the loop's thread alone; nothing waits.
class NoteStreams {
 public:
  /// @p link and @p streams must outlive it.
  NoteStreams(nats::Link& link, nats::JetStream& streams, const Subjects& subjects,
              const NoteStreamRule& rule);
  NoteStreams(const NoteStreams&) = delete;
  NoteStreams& operator=(const NoteStreams&) = delete;

  /// They are there, and as they are to be.
  [[nodiscard]] bool are_ready() const;
  /// They are there, and aren't: what is put there may be lost. In words; absent: not known to be.
  [[nodiscard]] std::optional<std::string> difference() const;
  /// Why they aren't ready, for the log; empty: nothing has failed.
  [[nodiscard]] const std::string& trouble() const;

  [[nodiscard]] TimePoint wake_at() const;
  /// To be called at wake_at(), and after each step() of the link.
  void tick(TimePoint now);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace kamexec::fleet

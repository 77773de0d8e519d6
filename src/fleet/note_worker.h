// SPDX-License-Identifier: GPL-2.0-or-later
// The worker daemon's half of notes: taken from the stream when their program can run, delivered
// again after a failure, and given up after so many. docs/fleet-protocol.md, "Notes".
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "fleet/call_message.h"
#include "fleet/note_streams.h"
#include "fleet/subjects.h"
#include "nats/jetstream.h"
#include "nats/link.h"

namespace kamexec::fleet {

/// Of a note that has come; never given twice.
using NoteId = std::uint64_t;

/// A program whose notes are taken.
struct NoteRule {
  std::string program;
  std::size_t at_once = 1;  ///< runs here
  /// From a failure to the next delivery: doubled with each, up to retry_most.
  std::chrono::milliseconds retry{1'000};
  std::chrono::milliseconds retry_most{300'000};
  /// Deliveries, those counted whose worker daemon has died.
  std::uint64_t attempts = 1'000;

  bool operator==(const NoteRule&) const = default;
};

/// What a run has made of a note.
struct NoteEnd {
  enum class Kind {
    done,     ///< exit status 0
    failed,   ///< counts as an attempt
    not_run,  ///< the program could not be run, for a reason that isn't the note's
    killed,   ///< by our own end: as if it had not begun
  };
  Kind kind = Kind::failed;
  std::string outcome;  ///< process::word(): "no", "deadline"
  std::string detail;   ///< in words
};

/// What runs them. Called by the link's step(); may call NoteWorker::ended() at once.
class NoteCalls {
 public:
  virtual ~NoteCalls() = default;
  /// @p received is valid until this returns; its id is the same each time. @p attempt: from 1.
  virtual void on_note(NoteId id, std::string_view program, const ReceivedCall& received,
                       std::uint32_t attempt) = 0;
  /// It was given up, and lies among the dead; @p why in words, for the log.
  virtual void on_dead(std::string_view program, std::string_view call_id,
                       std::string_view why) = 0;
};

struct NoteWorkerOptions {
  Subjects subjects;
  std::string inbox = "_INBOX";  ///< as in nats::LinkOptions
  /// After so long without a word from who has it a note is delivered to another one.
  std::chrono::milliseconds ack_wait{30'000};
  /// Of all worker daemons: notes of one program that somebody has, those counted that wait for
  /// their next attempt. Beyond it none is delivered.
  std::int64_t most_taken = 20'000;
  /// Bytes of the notes that run here.
  std::size_t memory = std::size_t{64} << 20;
  /// How long a pull waits at the server.
  std::chrono::milliseconds pull_time{10'000};
  /// A number from -1 to 1, another one each time: pauses are spread by it.
  std::function<double()> chance = [] { return 0.0; };
};

/// Of one program, since it is served.
struct NoteFigures {
  std::uint64_t taken = 0;
  std::uint64_t done = 0;
  std::uint64_t failed = 0;       ///< attempts
  std::uint64_t dead = 0;         ///< given up
  std::uint64_t given_back = 0;   ///< not begun here
  std::uint64_t unconfirmed = 0;  ///< ends that the server has not confirmed: they may run again
  std::size_t running = 0;
  std::string trouble;  ///< why none is taken; empty: nothing has failed
};

/// Used by the loop's thread alone; nothing waits. note_pulls.cpp: which programs, and what comes;
/// note_ends.cpp: what becomes of it.
class NoteWorker {
 public:
  /// All of them must outlive it.
  NoteWorker(nats::Link& link, nats::JetStream& streams, const NoteStreams& checked,
             NoteWorkerOptions options, NoteCalls& calls);
  /// Ends all subscriptions. What runs is delivered again, after ack_wait.
  ~NoteWorker();
  NoteWorker(const NoteWorker&) = delete;
  NoteWorker& operator=(const NoteWorker&) = delete;

  /// Takes notes of these from now on, and of no others. What runs of the others goes on.
  void serve(const std::vector<NoteRule>& programs);
  /// Nothing where it isn't under way.
  void ended(NoteId id, const NoteEnd& end);

  /// Takes none any more; what comes nevertheless is given back at once.
  void drain();
  /// After drain(): nothing comes any more, and the server knows what has become of all.
  [[nodiscard]] bool is_drained() const;

  [[nodiscard]] TimePoint wake_at() const;
  /// To be called at wake_at(), after each step() of the link, and after ended().
  void tick(TimePoint now);

  [[nodiscard]] std::vector<std::pair<std::string, NoteFigures>> figures() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace kamexec::fleet

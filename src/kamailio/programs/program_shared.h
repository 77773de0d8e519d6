// SPDX-License-Identifier: GPL-2.0-or-later
// What all processes of the server share of one named program, in shared memory: how many of it
// run, how its calls ended, what its pools have, whether it was reloaded.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "base/error.h"
#include "pool/pool_counters.h"
#include "process/outcome.h"
#include "program/programs.h"

namespace kamexec::module {

/// Any process may use it, at any time: every member is atomic and stands for itself.
class ProgramShared {
 public:
  using Counter = std::atomic<std::uint64_t>;

  /// For all programs, before the server forks.
  [[nodiscard]] static Result<void> create(const program::Programs& programs);
  /// Of a program of create()'s.
  [[nodiscard]] static ProgramShared& of(const program::Program& program);
  /// nullptr: it is none of them, see asked_program().
  [[nodiscard]] static ProgramShared* find(const program::Program& program);

  /// Calls that are being run for those who wait for them; of via=spawn all, as they take slots.
  Counter running{0};
  Counter waiting{0};  ///< of via=spawn

  // Calls that are over, by outcome.
  std::array<Counter, 6> outcomes{};  ///< by Cause
  Counter duration_us{0};             ///< of those that were tried

  /// Counts a call that is over.
  void count(const process::Outcome& outcome);
  [[nodiscard]] std::uint64_t ended(process::Cause cause) const {
    return outcomes[static_cast<std::size_t>(cause)].load();
  }

  // Of via=pool: the sums over the pools of all processes, as each last said (PoolReport).
  Counter workers_starting{0};
  Counter workers_idle{0};
  Counter workers_busy{0};  ///< in asynchronous calls
  Counter workers_leaving{0};
  Counter requests_queued{0};
  Counter workers_started{0};
  Counter worker_start_failures{0};
  Counter workers_failed{0};
  Counter workers_closed{0};
  Counter breaker_opened{0};

  /// Processes of it, or workers that are asked.
  [[nodiscard]] std::uint64_t at_work() const { return running.load() + workers_busy.load(); }

  /// Counted up by exec.reload: a pool that was made or renewed before has old workers.
  Counter generation{0};
};
static_assert(ProgramShared::Counter::is_always_lock_free);

/// What one process' pool added to the sums. Belongs to the process of the pool.
class PoolReport {
 public:
  explicit PoolReport(ProgramShared& shared) : shared_(shared) {}
  /// Brings the sums up to date. Cheap where nothing has changed.
  void tell(const pool::PoolGauges& gauges, const pool::PoolCounters& counters);

 private:
  ProgramShared& shared_;
  pool::PoolGauges gauges_;
  pool::PoolCounters counters_;
};

}  // namespace kamexec::module

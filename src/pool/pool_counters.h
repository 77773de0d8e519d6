// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>

#include "process/outcome.h"

namespace kamexec::pool {

/// What has happened in a pool since it was made. Only grows. Each call ends in exactly one of the
/// outcomes, so that they add up to `calls` when none is under way.
struct PoolCounters {
  std::uint64_t calls = 0;

  // Outcomes, by Cause.
  std::uint64_t ok = 0;
  std::uint64_t nonzero_exit = 0;
  std::uint64_t deadline = 0;  ///< cancelled ones and those of a stop among them
  std::uint64_t not_started = 0;
  std::uint64_t refused = 0;
  std::uint64_t unusable = 0;

  // Why some were refused.
  std::uint64_t refused_by_queue = 0;  ///< full, or waited too long
  std::uint64_t refused_by_breaker = 0;
  std::uint64_t refused_by_back_off = 0;

  std::uint64_t error_replies = 0;  ///< of the unusable ones: the worker said "error"
  std::uint64_t retried = 0;        ///< not sent to one worker, so tried on another

  // Workers.
  std::uint64_t started = 0;         ///< programs started
  std::uint64_t start_failures = 0;  ///< couldn't be started, or gave no good hello
  std::uint64_t failed = 0;          ///< ended for a fault, or by themselves in a bad way
  std::uint64_t closed = 0;          ///< ended in good order: old, idle, replaced
  std::uint64_t reloads = 0;
  std::uint64_t breaker_opened = 0;

  /// Counts an outcome.
  void count(process::Cause cause) {
    switch (cause) {
      case process::Cause::ok:
        ++ok;
        break;
      case process::Cause::nonzero_exit:
        ++nonzero_exit;
        break;
      case process::Cause::deadline:
        ++deadline;
        break;
      case process::Cause::not_started:
        ++not_started;
        break;
      case process::Cause::refused:
        ++refused;
        break;
      case process::Cause::unusable:
        ++unusable;
        break;
    }
  }
};

/// What is there now.
struct PoolGauges {
  std::size_t starting = 0;
  std::size_t idle = 0;
  std::size_t busy = 0;
  std::size_t leaving = 0;  ///< closed or being ended
  std::size_t queued = 0;
};

}  // namespace kamexec::pool

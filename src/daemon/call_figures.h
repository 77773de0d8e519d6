// SPDX-License-Identifier: GPL-2.0-or-later
// How the calls of one program have ended, and how long they took.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <numeric>

#include "process/outcome.h"

namespace kamexec::daemon {

/// Durations of calls, counted by their size. The module's statistics have the bounds from 1 ms on.
struct DurationHistogram {
  static constexpr std::array<std::int64_t, 14> kBoundsUs{
      100,    200,    500,     1'000,   2'000,   5'000,     10'000,
      20'000, 50'000, 100'000, 200'000, 500'000, 1'000'000, 5'000'000};

  /// Each call once: in that of the first bound that it kept, or in the last one.
  std::array<std::uint64_t, kBoundsUs.size() + 1> counts{};
  std::chrono::microseconds sum{0};

  void count(std::chrono::microseconds duration) {
    const auto bound = std::lower_bound(kBoundsUs.begin(), kBoundsUs.end(), duration.count());
    ++counts[static_cast<std::size_t>(bound - kBoundsUs.begin())];
    sum += duration;
  }
  [[nodiscard]] std::uint64_t total() const {
    return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
  }
};

struct CallFigures {
  std::array<std::uint64_t, 6> outcomes{};  ///< by process::Cause
  DurationHistogram durations;              ///< without the refused ones, which took no time

  void count(const process::Outcome& outcome) {
    ++outcomes[static_cast<std::size_t>(outcome.cause)];
    if (outcome.cause != process::Cause::refused) {
      durations.count(outcome.duration);
    }
  }
  [[nodiscard]] std::uint64_t of(process::Cause cause) const {
    return outcomes[static_cast<std::size_t>(cause)];
  }
  [[nodiscard]] std::uint64_t total() const {
    return std::accumulate(outcomes.begin(), outcomes.end(), std::uint64_t{0});
  }
};

}  // namespace kamexec::daemon

// SPDX-License-Identifier: GPL-2.0-or-later
// The one clock: absolute monotonic time. Every wait is until one of these, never for a while.
#pragma once

#include <ctime>

#include <chrono>

namespace kamexec {

/// CLOCK_MONOTONIC on Linux: a change of the wall clock moves no deadline.
using Clock = std::chrono::steady_clock;
using TimePoint = Clock::time_point;

/// "Never", as a time that is always later.
inline constexpr TimePoint kNoDeadline = TimePoint::max();

/// @p from + @p span, or kNoDeadline where that would not fit. Negative spans count as zero.
[[nodiscard]] TimePoint after(TimePoint from, std::chrono::milliseconds span);

/// What is left until @p until; zero when it has passed.
/// At most a day, so that it fits every timespec: callers loop anyway.
[[nodiscard]] timespec time_left(TimePoint now, TimePoint until);

/// What has passed since @p then.
[[nodiscard]] std::chrono::microseconds time_since(TimePoint then);

/// What is left until @p until, rounded up: at least a millisecond, as 0 means that there is no
/// limit; that is what kNoDeadline gives.
[[nodiscard]] std::chrono::milliseconds limit_until(TimePoint until);

}  // namespace kamexec

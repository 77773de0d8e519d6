// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/clock.h"

#include <algorithm>

namespace kamexec {

TimePoint after(TimePoint from, std::chrono::milliseconds span) {
  if (span.count() <= 0) {
    return from;
  }
  const auto room = std::chrono::duration_cast<std::chrono::milliseconds>(kNoDeadline - from);
  return span < room ? from + span : kNoDeadline;
}

timespec time_left(TimePoint now, TimePoint until) {
  using std::chrono::nanoseconds;
  constexpr nanoseconds kDay = std::chrono::hours(24);
  nanoseconds left{0};
  if (until > now) {
    left = until == kNoDeadline ? kDay : std::min<nanoseconds>(until - now, kDay);
  }
  timespec result{};
  result.tv_sec = static_cast<time_t>(left.count() / 1'000'000'000);
  result.tv_nsec = static_cast<long>(left.count() % 1'000'000'000);
  return result;
}

std::chrono::microseconds time_since(TimePoint then) {
  return std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - then);
}

std::chrono::milliseconds limit_until(TimePoint until) {
  using std::chrono::milliseconds;
  return until == kNoDeadline
             ? milliseconds(0)
             : std::max(std::chrono::ceil<milliseconds>(until - Clock::now()), milliseconds(1));
}

}  // namespace kamexec

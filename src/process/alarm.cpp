// SPDX-License-Identifier: GPL-2.0-or-later
#include "process/alarm.h"

#include <sys/timerfd.h>

#include <algorithm>

#include <cerrno>

namespace kamexec::process {

Result<Alarm> Alarm::create() {
  UniqueFd fd(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
  if (!fd.valid()) {
    return system_failure("timerfd", errno);
  }
  return Alarm(std::move(fd));
}

void Alarm::set(TimePoint time) {
  using std::chrono::nanoseconds;
  if (time == time_ || (time > time_ && !has_rung_)) {
    return;
  }
  time_ = time;
  has_rung_ = false;
  itimerspec alarm{};  // all zero: disarmed, and what was due is forgotten
  if (time != kNoDeadline) {
    // A time that has passed rings at once; zero would disarm.
    const auto since_boot = std::max(nanoseconds(time.time_since_epoch()), nanoseconds(1));
    alarm.it_value.tv_sec = static_cast<time_t>(since_boot.count() / 1'000'000'000);
    alarm.it_value.tv_nsec = static_cast<long>(since_boot.count() % 1'000'000'000);
  }
  ::timerfd_settime(fd_.get(), TFD_TIMER_ABSTIME, &alarm, nullptr);
}

}  // namespace kamexec::process

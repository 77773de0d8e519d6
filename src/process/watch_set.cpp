// SPDX-License-Identifier: GPL-2.0-or-later
#include "process/watch_set.h"

#include <sys/epoll.h>
#include <sys/timerfd.h>

#include <algorithm>

#include <cerrno>

#include "process/poll_until.h"

namespace kamexec::process {
namespace {

int watch(int epoll, int fd, std::uint32_t events, WatchSet::Key key) {
  epoll_event event{};
  event.events = events;
  event.data.u64 = key;
  return ::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0 ? 0 : errno;
}

}  // namespace

Result<WatchSet> WatchSet::create() {
  UniqueFd epoll(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll.valid()) {
    return system_failure("epoll", errno);
  }
  UniqueFd alarm(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
  if (!alarm.valid()) {
    return system_failure("timerfd", errno);
  }
  if (const int error = watch(epoll.get(), alarm.get(), EPOLLIN, kNoKey); error != 0) {
    return system_failure("epoll", error);
  }
  return WatchSet(std::move(epoll), std::move(alarm));
}

int WatchSet::add(int fd, Readiness readiness, Key key) {
  std::uint32_t events = 0;
  if (readiness != Readiness::write) {
    events |= EPOLLIN;
  }
  if (readiness != Readiness::read) {
    events |= EPOLLOUT;
  }
  return watch(epoll_.get(), fd, events, key);
}

void WatchSet::remove(int fd) {
  epoll_event unused{};
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, &unused);
}

void WatchSet::set_alarm(TimePoint time) {
  using std::chrono::nanoseconds;
  if (time == alarm_time_ || (time > alarm_time_ && !has_rung_)) {
    return;
  }
  alarm_time_ = time;
  has_rung_ = false;
  itimerspec alarm{};  // all zero: disarmed, and what was due is forgotten
  if (time != kNoDeadline) {
    // A time that has passed rings at once; zero would disarm.
    const auto since_boot = std::max(nanoseconds(time.time_since_epoch()), nanoseconds(1));
    alarm.it_value.tv_sec = static_cast<time_t>(since_boot.count() / 1'000'000'000);
    alarm.it_value.tv_nsec = static_cast<long>(since_boot.count() % 1'000'000'000);
  }
  ::timerfd_settime(alarm_.get(), TFD_TIMER_ABSTIME, &alarm, nullptr);
}

Result<WatchSet::Ready> WatchSet::wait(TimePoint until) {
  if (until > Clock::now()) {
    // Not epoll_wait(2) with a time, which has milliseconds.
    pollfd any{epoll_.get(), POLLIN, 0};
    if (auto ready = poll_until(&any, 1, until); !ready) {
      return tl::unexpected(std::move(ready.error()));
    }
  }

  std::array<epoll_event, Ready::kMost> events;
  const int count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), 0);
  if (count < 0 && errno != EINTR) {
    const int error = errno;
    static_cast<void>(poll_until(nullptr, 0, after(Clock::now(), std::chrono::milliseconds(1))));
    return system_failure("epoll", error);
  }
  Ready ready;
  for (int i = 0; i < count; ++i) {
    const Key key = events[static_cast<std::size_t>(i)].data.u64;  // a copy: it is packed
    if (key == kNoKey) {
      has_rung_ = true;
    } else {
      ready.keys_[ready.count_++] = key;
    }
  }
  return ready;
}

}  // namespace kamexec::process

// SPDX-License-Identifier: GPL-2.0-or-later
#include "process/watch_set.h"

#include <sys/epoll.h>

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
  Result<Alarm> alarm = Alarm::create();
  if (!alarm) {
    return tl::unexpected<Error>(std::move(alarm.error()));
  }
  if (const int error = watch(epoll.get(), alarm->fd(), EPOLLIN, kNoKey); error != 0) {
    return system_failure("epoll", error);
  }
  return WatchSet(std::move(epoll), std::move(*alarm));
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
      alarm_.has_rung();
    } else {
      ready.keys_[ready.count_++] = key;
    }
  }
  return ready;
}

}  // namespace kamexec::process

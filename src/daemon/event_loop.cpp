// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/event_loop.h"

#include <algorithm>
#include <array>

#include <cerrno>

namespace kamexec::daemon {
namespace {

constexpr std::size_t kMostEventsAtOnce = 64;

epoll_event event_of(std::uint32_t events, EventHandler& handler) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = &handler;
  return event;
}

/// Rounded up: one that is early finds nothing to do.
int milliseconds_until(TimePoint until) {
  using std::chrono::milliseconds;
  if (until == kNoDeadline) {
    return -1;
  }
  const auto left = std::chrono::ceil<milliseconds>(until - Clock::now());
  return static_cast<int>(std::clamp(left, milliseconds(0), milliseconds(60'000)).count());
}

}  // namespace

Result<EventLoop> EventLoop::create() {
  UniqueFd epoll(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll.valid()) {
    return system_failure("epoll", errno);
  }
  return EventLoop(std::move(epoll));
}

int EventLoop::add(int fd, std::uint32_t events, EventHandler& handler) {
  epoll_event event = event_of(events, handler);
  return ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) == 0 ? 0 : errno;
}

void EventLoop::change(int fd, std::uint32_t events, EventHandler& handler) {
  epoll_event event = event_of(events, handler);
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, fd, &event);
}

void EventLoop::remove(int fd, const EventHandler& handler) {
  epoll_event unused{};
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, &unused);
  for (epoll_event& event : told_) {
    void* const told = event.data.ptr;  // a copy: epoll_event is packed
    if (told == &handler) {
      event.data.ptr = nullptr;
    }
  }
}

Result<void> EventLoop::turn(TimePoint until) {
  std::array<epoll_event, kMostEventsAtOnce> events;
  const int count =
      ::epoll_wait(epoll_.get(), events.data(), kMostEventsAtOnce, milliseconds_until(until));
  if (count < 0) {
    return errno == EINTR ? Result<void>() : system_failure("epoll", errno);
  }
  told_ = std::span(events).first(static_cast<std::size_t>(count));
  while (!told_.empty()) {
    auto* const handler = static_cast<EventHandler*>(told_.front().data.ptr);
    const std::uint32_t what = told_.front().events;
    told_ = told_.subspan(1);
    if (handler != nullptr) {
      handler->on_events(what);
    }
  }
  return {};
}

}  // namespace kamexec::daemon

// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/event_loop.h"

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

/// Told where the alarm rings.
class Nobody final : public EventHandler {
 public:
  void on_events(std::uint32_t /*events*/) override {}
} the_alarm;

}  // namespace

Result<EventLoop> EventLoop::create() {
  UniqueFd epoll(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll.valid()) {
    return system_failure("epoll", errno);
  }
  Result<process::Alarm> alarm = process::Alarm::create();
  if (!alarm) {
    return tl::unexpected<Error>(std::move(alarm.error()));
  }
  EventLoop made(std::move(epoll), std::move(*alarm));
  if (const int error = made.add(made.alarm_.fd(), EPOLLIN, the_alarm); error != 0) {
    return system_failure("epoll", error);
  }
  return made;
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
  alarm_.set(until);
  const int count = ::epoll_wait(epoll_.get(), events.data(), kMostEventsAtOnce, -1);
  if (count < 0) {
    return errno == EINTR ? Result<void>() : system_failure("epoll", errno);
  }
  told_ = std::span(events).first(static_cast<std::size_t>(count));
  while (!told_.empty()) {
    auto* const handler = static_cast<EventHandler*>(told_.front().data.ptr);
    const std::uint32_t what = told_.front().events;
    told_ = told_.subspan(1);
    if (handler == &the_alarm) {
      alarm_.has_rung();
    } else if (handler != nullptr) {
      handler->on_events(what);
    }
  }
  return {};
}

}  // namespace kamexec::daemon

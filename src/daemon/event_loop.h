// SPDX-License-Identifier: GPL-2.0-or-later
// What the daemon waits for: one epoll(7), and who is told.
#pragma once

#include <sys/epoll.h>

#include <cstdint>
#include <span>

#include "base/clock.h"
#include "base/error.h"
#include "base/unique_fd.h"
#include "process/alarm.h"

namespace kamexec::daemon {

class EventHandler {
 public:
  virtual ~EventHandler() = default;
  /// @p events: EPOLLIN … of epoll_ctl(2). May change the loop, and remove itself and others.
  virtual void on_events(std::uint32_t events) = 0;
};

/// Level-triggered. Not thread-safe.
class EventLoop {
 public:
  [[nodiscard]] static Result<EventLoop> create();

  /// 0, or the errno. @p handler must live until remove().
  [[nodiscard]] int add(int fd, std::uint32_t events, EventHandler& handler);
  /// Of one that was added.
  void change(int fd, std::uint32_t events, EventHandler& handler);
  /// Before the descriptor is closed. What has happened to it is not told any more.
  void remove(int fd, const EventHandler& handler);

  /// Waits until something happens, @p until at the longest, and tells of it; may return before
  /// that for nothing (process::Alarm). A wait with a time of its own costs the kernel a timer each
  /// time. The error: the kernel can't be asked; the caller pauses.
  [[nodiscard]] Result<void> turn(TimePoint until);

 private:
  EventLoop(UniqueFd epoll, process::Alarm alarm)
      : epoll_(std::move(epoll)), alarm_(std::move(alarm)) {}

  UniqueFd epoll_;
  process::Alarm alarm_;
  std::span<epoll_event> told_;  ///< of this turn, those that are still to be told
};

}  // namespace kamexec::daemon

// SPDX-License-Identifier: GPL-2.0-or-later
// epoll(7) with one alarm clock in it: a single descriptor tells that something is to be done.
#pragma once

#include <cstdint>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/unique_fd.h"

namespace kamexec {

/// Not thread-safe. Shared with a forked child by the kernel: only the process that made it may use
/// it.
class WatchSet {
 public:
  using Key = std::uint64_t;
  enum class Readiness { read, write };

  [[nodiscard]] static Result<WatchSet> create();

  /// Level-triggered. 0, or the errno. Keys must differ from each other and from no_key.
  [[nodiscard]] int add(int fd, Readiness readiness, Key key);
  /// Before the descriptor is closed: a copy in another process would keep it watched.
  void remove(int fd);

  /// Sets the alarm; no_deadline: none.
  void set_alarm(TimePoint time);

  /// Keys of what is ready, waiting for it (or the alarm) until @p until. A signal ends the wait
  /// too.
  [[nodiscard]] Result<std::vector<Key>> wait(TimePoint until);

  /// Readable when wait() would not wait.
  [[nodiscard]] int fd() const { return epoll_.get(); }

  static constexpr Key kNoKey = ~Key{0};

 private:
  WatchSet(UniqueFd epoll, UniqueFd alarm) : epoll_(std::move(epoll)), alarm_(std::move(alarm)) {}

  UniqueFd epoll_;
  UniqueFd alarm_;
  TimePoint alarm_time_ = kNoDeadline;
};

}  // namespace kamexec

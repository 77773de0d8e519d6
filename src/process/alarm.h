// SPDX-License-Identifier: GPL-2.0-or-later
// An alarm clock as a descriptor, timerfd_create(2), that is set as rarely as can be.
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "base/unique_fd.h"

namespace kamexec::process {

/// Not thread-safe.
class Alarm {
 public:
  [[nodiscard]] static Result<Alarm> create();

  /// Lets it ring at @p time, or earlier, for nothing; kNoDeadline: it need not ring. A clock that
  /// is put off for each call would cost a system call each time: it rings once, and is set then.
  void set(TimePoint time);
  /// To be told when the descriptor was found readable: the next set() then takes effect.
  void has_rung() { has_rung_ = true; }

  /// Readable from the time that it is set to until it is set anew. Not to be read.
  [[nodiscard]] int fd() const { return fd_.get(); }

 private:
  explicit Alarm(UniqueFd fd) : fd_(std::move(fd)) {}

  UniqueFd fd_;
  TimePoint time_ = kNoDeadline;  // that it is set to
  bool has_rung_ = false;
};

}  // namespace kamexec::process

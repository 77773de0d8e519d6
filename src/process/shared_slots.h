// SPDX-License-Identifier: GPL-2.0-or-later
// Places to run in that several supervisors have in common.
#pragma once

#include <chrono>

namespace kamexec {

/// Asked by a Supervisor beside its own limits. Its functions are called from the Supervisor's own,
/// must not throw, and never wait; each take() that gave true is followed by one give_back(), each
/// join_queue() that did by one leave_queue().
class SharedSlots {
 public:
  /// Nobody tells who waits that a place is free: it looks again so often. Far below what a program
  /// takes, far above what looking costs.
  static constexpr std::chrono::milliseconds kLookAgain{2};

  virtual ~SharedSlots() = default;
  /// A place for a program to run in; false: none is free.
  [[nodiscard]] virtual bool take() = 0;
  virtual void give_back() = 0;
  /// A place in the queue; false: as many as may wait do.
  [[nodiscard]] virtual bool join_queue() = 0;
  virtual void leave_queue() = 0;
};

}  // namespace kamexec

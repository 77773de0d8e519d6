// SPDX-License-Identifier: GPL-2.0-or-later
// Slots to run in that several supervisors have in common.
#pragma once

#include <chrono>

namespace kamexec::process {

/// Asked by a Supervisor beside its own limits. Its functions are called from the Supervisor's own,
/// must not throw, and never wait; each take() that gave true is followed by one give_back(), each
/// join_queue() that did by one leave_queue().
class SharedSlots {
 public:
  /// Nobody tells who waits that a slot is free: it tries again so often. Far below what a program
  /// takes, far above what a try costs.
  static constexpr std::chrono::milliseconds kRetryAfter{2};

  virtual ~SharedSlots() = default;
  /// A slot for a program to run in; false: none is free.
  [[nodiscard]] virtual bool take() = 0;
  virtual void give_back() = 0;
  /// A position in the queue; false: as many as may wait do.
  [[nodiscard]] virtual bool join_queue() = 0;
  virtual void leave_queue() = 0;
};

}  // namespace kamexec::process

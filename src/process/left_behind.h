// SPDX-License-Identifier: GPL-2.0-or-later
// Children that were killed but that the kernel did not let go in time (uninterruptible sleep).
// They are reaped at a later call, so that none stays a zombie for longer than that.
#pragma once

#include "process/pidfd.h"

namespace kamexec {

/// Takes a child that nobody waits for any more. Any thread.
void leave_behind(Child child) noexcept;

/// Reaps what has ended since. Costs nothing where nothing was left. Any thread.
void reap_left_behind() noexcept;

}  // namespace kamexec

// SPDX-License-Identifier: GPL-2.0-or-later
// Children that nobody waits for any more and that have not ended yet: killed ones that the kernel
// does not let go (uninterruptible sleep). They are reaped at a later call, so that none stays a
// zombie for longer than that.
#pragma once

#include "process/pidfd.h"

namespace kamexec::process {

/// Reaps @p child now, or in a later reap_deferred(). Any thread.
void reap_later(Child child) noexcept;

/// Reaps those of reap_later() that have ended since. Costs nothing where there are none. Any
/// thread.
void reap_deferred() noexcept;

}  // namespace kamexec::process

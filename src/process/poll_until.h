// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <poll.h>

#include "base/clock.h"
#include "base/error.h"

namespace kamexec::process {

// The policy for a wait that fails, the same in run(), Supervisor and Pool: what was waited for is
// ended, as Cause::unusable with the system's reason. A wait fails where the kernel has no memory
// or a sandbox refuses it; nothing then tells what a program does, and a call without a deadline
// would hang for ever. The end of the program goes on by the clock alone. Queued calls wait on,
// until their deadlines: for these a wait may succeed again.

/// poll(2) until @p until, to the nanosecond; in milliseconds where a sandbox refuses ppoll(2). How
/// many are ready; 0, with nothing ready, after a signal too. An error is given after a pause of a
/// millisecond, so that no loop spins.
[[nodiscard]] Result<int> poll_until(pollfd* entries, nfds_t count, TimePoint until);

}  // namespace kamexec::process

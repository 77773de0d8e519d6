// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <poll.h>

#include "base/clock.h"
#include "base/error.h"

namespace kamexec {

/// poll(2) until @p until, to the nanosecond; in milliseconds where a sandbox refuses ppoll(2). How
/// many are ready; 0, with nothing ready, after a signal too.
[[nodiscard]] Result<int> poll_until(pollfd* entries, nfds_t count, TimePoint until);

/// For a loop whose wait has failed (no memory): a millisecond.
void pause_briefly();

}  // namespace kamexec

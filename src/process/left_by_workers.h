// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>

#include "process/run.h"

namespace kamexec {

/// For the end of the host, when the processes that had workers are gone: a worker is killed with
/// its parent, and what it has started isn't. Ends that: SIGTERM, the grace, SIGKILL; waits for it.
/// How many processes there were. See make_markers_our_own().
std::size_t end_left_by_workers(const StopPolicy& policy);

}  // namespace kamexec

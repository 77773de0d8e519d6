// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>

#include "process/run.h"

namespace kamexec {

/// For the end of the host, when the processes that had workers and commands are gone: these are
/// killed with their parent, and what they have started isn't. Ends that, of all workers, and of
/// the commands that ran when their process died: SIGTERM, the grace, SIGKILL; waits for it. How
/// many processes there were. See make_markers_our_own() and share_running_marks().
std::size_t end_what_is_left(const StopPolicy& policy);

}  // namespace kamexec

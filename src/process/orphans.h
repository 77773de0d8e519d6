// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>

#include "process/program_start.h"

namespace kamexec::process {

/// Ends the orphans that the host's other processes have left: descendants of their workers, and of
/// the commands that ran when such a process died. (Workers and commands themselves are killed with
/// their parent.) SIGTERM, the grace, SIGKILL; waits for it. Gives how many orphans there were. To
/// be called at the end of the host, when those processes are gone. The orphans are found by the
/// markers of make_markers_our_own() and share_running_marks().
std::size_t end_orphans(const StopPolicy& policy);

}  // namespace kamexec::process

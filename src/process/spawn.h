// SPDX-License-Identifier: GPL-2.0-or-later
// The one start of a child, for a program run once and for a worker: vfork-like, so that the cost
// doesn't grow with the host's memory. The parent's side; the child's is in child_setup.h.
#pragma once

#include <sys/types.h>

#include <cstdint>

#include "base/error.h"
#include "base/unique_fd.h"
#include "process/pidfd.h"
#include "process/process_tree.h"
#include "process/program_start.h"
#include "process/standard_streams.h"

namespace kamexec::process {

struct SpawnRequest {
  /// Its environment is passed on as it is.
  ProgramStart start;
  /// What becomes 0, 1 and 2: the same number, or one above 2. All stay the caller's.
  int streams[3] = {0, 1, 2};
  /// What becomes its hard limit RLIMIT_RTTIME (call_marker.h); 0: left as it is.
  std::uint64_t marker_limit = 0;
  /// The directory of the control group that it starts in; -1: that of this process.
  int cgroup = -1;
  bool try_close_range = true;  ///< false only where a test wants the way of older kernels
};

/// Gives a child that runs the program by now: execve has succeeded. It has no pidfd where the
/// kernel gives none. The child is in a process group of its own and has nothing of ours but the
/// streams and, where the request doesn't say otherwise, the working directory, the user and the
/// limits; its signals are all at their defaults, none ignored, none blocked. It is killed when the
/// *thread* that started it ends (PR_SET_PDEATHSIG): start from one that stays.
///
/// With another user's identity: for the microseconds before execve the child is that user's
/// already and we stand still, so another process of that user could stop us by stopping it. Give
/// such programs a user of their own.
///
/// Stands still until execve. The caller's signal mask, dispositions and errno are as before; no
/// child is left behind by a failure. Any thread may call.
[[nodiscard]] Result<Child> spawn(const SpawnRequest& request);

/// Starts @p program, with @p streams and the marker of @p root, and sets the root's child, whose
/// pidfd is given to the caller: invalid where the kernel has none; and its control group, if @p
/// program has one. @p program's argv may be nullptr: its path alone. As spawn() for all else.
[[nodiscard]] Result<UniqueFd> start_child(const ProgramStart& program,
                                           const StandardStreams& streams, TreeRoot& root);

/// Whether a process can be started in the control group that @p cgroup is the directory of: one
/// is, and runs nothing.
[[nodiscard]] Result<void> try_cgroup(int cgroup);

}  // namespace kamexec::process

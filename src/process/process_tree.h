// SPDX-License-Identifier: GPL-2.0-or-later
// All that a call has started: who belongs to it, and how it is signalled without ever touching a
// process that does not.
#pragma once

#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "process/call_marker.h"
#include "process/pidfd.h"
#include "process/process_table.h"
#include "process/run_cgroup.h"

namespace kamexec::process {

/// What tells a call's processes from all others. Kept from the start of the child on.
struct TreeRoot {
  ChildRef child;             ///< the direct child; its number is its process group's too
  StartTicks not_before = 0;  ///< nothing older is ours
  pid_t host_session = 0;     ///< where the child was started: shared with strangers
  CallMarker marker;
  /// What it started in: all that belongs to the tree is in it. Absent: it was started in ours.
  std::optional<RunCgroup> cgroup;
};

/// A tree whose direct child is still to be started: what is known before.
[[nodiscard]] TreeRoot new_tree(Marked who);

/// Processes that were seen to belong to a tree: they do so for ever, whatever they do next.
using KnownProcesses = std::set<std::pair<pid_t, StartTicks>>;

/// The living processes of the tree. A process belongs to it when it is the direct child, or when
/// it started no earlier and
/// - it was in @p known, to which all that are found are added, or
/// - its parent belongs to it, or
/// - it is in the direct child's process group, or in a session that one of the tree's processes
/// made,
///   or
/// - it carries the call's marker as a limit or in its environment: daemons, whose parents are
/// gone. What has left all of these (a new session, dead parents, a cleaned environment *and*, as
/// only root may, the limit) isn't found.
[[nodiscard]] std::vector<ProcessEntry> living_members(const TreeRoot& root, KnownProcesses& known,
                                                       ProcessTable& table);

/// Signals the process group of the direct child as one. Does nothing once the child was reaped,
/// for then its number may be another's.
void signal_group(const TreeRoot& root, int signal);

enum class Signalled { sent, gone, not_allowed };

/// Signals exactly the process that @p entry describes: another one that got its number meanwhile
/// is left alone.
Signalled signal_process(const ProcessEntry& entry, int signal);

}  // namespace kamexec::process

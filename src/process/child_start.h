// SPDX-License-Identifier: GPL-2.0-or-later
// The one way in which a child comes to be, for a program run once and for a worker: its standard
// streams, its marker, its start.
#pragma once

#include <array>

#include "base/error.h"
#include "base/unique_fd.h"
#include "process/call_marker.h"
#include "process/process_tree.h"
#include "process/program_start.h"

namespace kamexec::process {

/// Where one of a child's standard streams leads.
enum class StreamTo {
  null_device,
  pipe,  ///< to or from us
  host,  ///< the host's own stream; where the host has closed it, the null device
};

/// Descriptors for standard input, output and error, by number.
struct StandardStreams {
  /// Our ends of the pipes; invalid where there is no pipe.
  std::array<UniqueFd, 3> ours;
  /// What becomes the child's 0, 1 and 2; invalid where it has the host's. To be closed after the
  /// start: a reader of ours sees a hang-up only when no copy is left.
  std::array<UniqueFd, 3> childs;
};

[[nodiscard]] Result<StandardStreams> open_standard_streams(const std::array<StreamTo, 3>& to);

/// A tree whose direct child is still to be started: what is known before.
[[nodiscard]] TreeRoot new_tree(Marked who);

/// Starts @p program, with @p streams and the marker of @p root, and sets the root's child, whose
/// pidfd is given to the caller: invalid where the kernel has none. @p program's argv may be
/// nullptr: its path alone. As spawn() for all else.
[[nodiscard]] Result<UniqueFd> start_child(const ProgramStart& program,
                                           const StandardStreams& streams, TreeRoot& root);

}  // namespace kamexec::process

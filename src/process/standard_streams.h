// SPDX-License-Identifier: GPL-2.0-or-later
// A child's standard streams, for a program run once and for a worker.
#pragma once

#include <array>

#include "base/error.h"
#include "base/unique_fd.h"

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

}  // namespace kamexec::process

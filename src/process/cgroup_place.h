// SPDX-License-Identifier: GPL-2.0-or-later
// Where this process stands among the control groups of version 2: read from /proc (cgroups(7),
// proc(5)), nothing changed.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace kamexec::process {

/// One mount of cgroup v2, as a line of /proc/self/mountinfo shows it.
struct CgroupMount {
  std::string root;       ///< which group is mounted, as /proc/self/cgroup writes it
  std::string directory;  ///< where
  bool read_only = false;

  bool operator==(const CgroupMount&) const = default;
};

/// The mounts of @p mountinfo, in its order: a later one may hide an earlier one.
[[nodiscard]] std::vector<CgroupMount> cgroup_mounts(std::string_view mountinfo);

/// A group that can be reached.
struct CgroupPlace {
  std::string directory;  ///< the group's own
  std::string mount;      ///< the directory of the mount that it was found in
  bool read_only = false;
};

/// The group of a process whose /proc/self files are these. The error has the remedy.
[[nodiscard]] Result<CgroupPlace> cgroup_place(std::string_view mountinfo,
                                               std::string_view self_cgroup);

/// Of this process, now.
[[nodiscard]] Result<CgroupPlace> own_cgroup_place();

}  // namespace kamexec::process

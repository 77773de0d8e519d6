// SPDX-License-Identifier: GPL-2.0-or-later
// The part of the control groups that is this process's to arrange: which it is, and how its
// controllers are enabled. systemd: https://systemd.io/CGROUP_DELEGATION/; kernel:
// Documentation/admin-guide/cgroup-v2.rst, "No Internal Process Constraint".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace kamexec::process {

/// The group of this process's service: the one that it is in, or the one above if it is in
/// kHostCgroup, or in a service manager's subgroup (DelegateSubgroup=). The error: it
/// isn't ours to change, and what to do.
[[nodiscard]] Result<std::string> delegated_to_us();

/// Enables @p controllers for the groups below @p group, which is @p path. If processes are right
/// in it, those of our service are moved into @p host_group below it; nullptr: none are. The error
/// says what is in the way.
[[nodiscard]] Result<void> enable_controllers(int group, const std::string& path,
                                              const std::vector<std::string_view>& controllers,
                                              const char* host_group);

}  // namespace kamexec::process

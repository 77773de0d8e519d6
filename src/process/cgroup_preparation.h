// SPDX-License-Identifier: GPL-2.0-or-later
// What control groups of runs take of the machine: found out, made and tried when the configuration
// loads.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"
#include "process/cgroup_parent.h"
#include "process/containment.h"

namespace kamexec::process {

/// For "where": below the group that this process is in.
inline constexpr std::string_view kOwnCgroup = "auto";

/// Changes nothing: why runs can't have groups at @p where (kOwnCgroup, or the full path of a
/// group) on this machine, whatever the rights of this process, as far as that can be seen.
[[nodiscard]] Result<void> check_cgroups(const std::string& where, const CgroupLimits& limits);

/// Makes @p where ready for the groups of runs, in the process that starts them or in the one that
/// forks those, and tries it with a process that ends at once:
/// - The controllers that the limits need are enabled below the parent. The kernel allows that
/// while
///   no process is right in it, so with kOwnCgroup this process, and those of its service, go into
///   a group below it, kHostCgroup. Others are never moved.
/// - Groups that a crash has left there are removed: remove_abandoned_cgroups().
/// The error names what is missing and the remedy. Once it has succeeded, a second call for the
/// same place changes nothing.
[[nodiscard]] Result<std::shared_ptr<const CgroupParent>> prepare_cgroups(
    const std::string& where, const CgroupLimits& limits);

}  // namespace kamexec::process

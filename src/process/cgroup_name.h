// SPDX-License-Identifier: GPL-2.0-or-later
// What the control groups that we make are called, and marked with: for whoever finds them later.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

namespace kamexec::process {

/// The group of the host's own processes where they may not stay in the parent of its runs'.
inline constexpr const char* kHostCgroup = "kamexec-host";

inline constexpr std::string_view kCgroupPrefix = "kamexec-run-";

/// Who has made a run's group.
struct CgroupName {
  pid_t pid = 0;
  unsigned long long not_before = 0;  ///< when that process lived: StartTicks
};

/// A name for a group of this process, another one each time.
[[nodiscard]] std::string next_cgroup_name();
/// False: @p text is no name of a run's group.
[[nodiscard]] bool read_cgroup_name(std::string_view text, CgroupName& into);

/// An extended attribute of a group whose run is over: what lives in it, stays.
inline constexpr const char* kCgroupIsOver = "user.kamexec.over";

}  // namespace kamexec::process

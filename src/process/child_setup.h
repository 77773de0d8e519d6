// SPDX-License-Identifier: GPL-2.0-or-later
// The child's code between clone and execve. It runs in the parent's memory while the parent stands
// still, so it does nothing but system calls on data prepared before: no allocation, no locks, no
// C++ library, no sanitizer. Everything that could need thought happens in spawn.cpp.
#pragma once

#include <linux/filter.h>
#include <sys/types.h>

namespace kamexec::process {

/// What of the child's setup failed.
enum class SetupStep {
  none,
  cgroup,
  process_group,
  parent_gone,
  streams,
  resource_limits,
  nice,
  groups,
  user,
  working_directory,
  no_new_privileges,
  landlock,
  system_call_filter,
  execute,
};

/// One limit, in the kernel's terms.
struct KernelLimit {
  int resource = 0;
  unsigned long long soft = 0;
  unsigned long long hard = 0;
};

struct ChildSetup {
  const char* program = nullptr;
  char* const* argv = nullptr;
  char* const* environment = nullptr;
  const char* working_directory = nullptr;  ///< nullptr: as the parent's
  /// /bin/sh, program, arguments …: run when the kernel doesn't know the file's format (a script
  /// without "#!"), as POSIX asks of a shell.
  char* const* shell_argv = nullptr;
  /// Descriptors for 0, 1 and 2: each either the number itself or one above 2.
  int streams[3] = {0, 1, 2};
  KernelLimit limits[4] = {};
  int limit_count = 0;
  unsigned long long marker_limit = 0;  ///< see call_marker.h; 0: none
  bool set_nice = false;
  int nice = 0;
  bool set_identity = false;
  uid_t user = 0;
  gid_t group = 0;
  const gid_t* groups = nullptr;  ///< the supplementary ones
  unsigned long group_count = 0;
  bool clear_ambient = false;  ///< of the capabilities, those that a program would get for nothing
  bool no_new_privileges = false;
  int ruleset = -1;  ///< of Landlock, closed on execve; -1: none. Needs no_new_privileges
  const sock_fprog* filter = nullptr;  ///< of seccomp; nullptr: none. Needs no_new_privileges
  /// The directory of the control group that the child goes into by itself, because clone3(2) could
  /// not start it there; -1: none.
  int join_cgroup = -1;
  pid_t parent = 0;
  bool try_close_range = true;  ///< false: as on a kernel before 5.9

  // Written by the child, read by the parent after execve or the child's end.
  volatile int failed_errno = 0;
  volatile SetupStep failed_step = SetupStep::none;
};

/// For clone(). @p setup is a ChildSetup*. Never returns; all signals must be blocked.
int child_main(void* setup);

}  // namespace kamexec::process

// SPDX-License-Identifier: GPL-2.0-or-later
// clone3(2) into a control group, which no function of the C library offers. The child's side is as
// with clone(2) and CLONE_VM | CLONE_VFORK: a function on a stack of its own.
#pragma once

#include <sys/types.h>

#include <cstddef>

namespace kamexec::process {

/// Starts @p body(@p argument) in the group that @p cgroup is the directory of, with all of this
/// process's memory, and stands still until it executes a program or ends. @p pidfd is set. The
/// number, or -1 with errno: ENOSYS where this machine's kernel or its kind of processor has no
/// such call, EPERM or ENOSYS where a sandbox refuses it. @p body must never return.
[[nodiscard]] pid_t clone_into_cgroup(int (*body)(void*), void* argument, char* stack,
                                      std::size_t stack_size, int cgroup, int& pidfd);

}  // namespace kamexec::process

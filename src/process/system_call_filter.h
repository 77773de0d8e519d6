// SPDX-License-Identifier: GPL-2.0-or-later
// The seccomp filter of a sandbox (seccomp(2)), as a program of the kernel's own machine: made
// while the configuration loads, put on by a child before it runs a program.
#pragma once

#include <linux/filter.h>

#include <vector>

#include "process/containment.h"

namespace kamexec::process {

using SystemCallFilter = std::vector<sock_filter>;

/// Whether anything of @p rule is done by a filter.
[[nodiscard]] bool needs_system_call_filter(const SandboxRule& rule);

/// That of @p rule. @p landlock_abi: what Landlock leaves to it. It ends a program that makes calls
/// of another architecture (a 32-bit program on a 64-bit system), whose numbers mean other calls.
[[nodiscard]] SystemCallFilter system_call_filter(const SandboxRule& rule, int landlock_abi);

}  // namespace kamexec::process

// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/error.h"

namespace kamexec {

/// The top of a stack for a vfork-like child, aligned to 16 bytes, with a guard page below it. One
/// a thread, made at the first call and kept: the parent stands still while its child uses it.
/// After a fork of the host each side has its own copy.
[[nodiscard]] Result<char*> child_stack_top();

}  // namespace kamexec

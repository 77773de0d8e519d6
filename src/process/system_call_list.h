// SPDX-License-Identifier: GPL-2.0-or-later
// The system calls that ordinary programs make: the list behind sandbox=system-calls.
#pragma once

#include <span>

namespace kamexec::process {

/// Names, as libseccomp knows them. One that this architecture or this libseccomp lacks is skipped.
[[nodiscard]] std::span<const char* const> allowed_system_calls();

}  // namespace kamexec::process

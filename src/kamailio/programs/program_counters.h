// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/error.h"
#include "program/programs.h"

namespace kamexec::module {

/// Registers what docs/reference/statistics.md tells of each named program: program_NAME_calls ….
/// For mod_init, after ProgramShared::create().
[[nodiscard]] Result<void> register_program_counters(const program::Programs& programs);

}  // namespace kamexec::module

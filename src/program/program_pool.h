// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "pool/pool_options.h"
#include "program/program_definition.h"

namespace kamexec::program {

/// What a definition with via=pool says, for the pool of its workers.
[[nodiscard]] pool::PoolOptions pool_options(const ProgramDefinition& program);

}  // namespace kamexec::program

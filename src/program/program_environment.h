// SPDX-License-Identifier: GPL-2.0-or-later
// What a definition says of its processes' environment.
#pragma once

#include "program/program_definition.h"
#include "request/inherited_environment.h"

namespace kamexec::program {

/// What each process of the program gets, whatever the request: of @p all (environ, as
/// InheritedEnvironment takes it) what the definition lets through, and what it sets.
[[nodiscard]] request::InheritedEnvironment base_environment(const ProgramDefinition& program,
                                                             const char* const* all);

}  // namespace kamexec::program

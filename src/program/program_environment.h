// SPDX-License-Identifier: GPL-2.0-or-later
// What a definition says of its processes' environment.
#pragma once

#include "program/program_definition.h"
#include "request/environment.h"
#include "request/inherited_environment.h"

namespace kamexec {

/// What the program gets of @p all (environ, as InheritedEnvironment takes it).
[[nodiscard]] InheritedEnvironment inherited_by(const ProgramDefinition& program,
                                                const char* const* all);

/// Adds that, which must outlive the use of @p into, and what the definition sets; a request's
/// variables come after it.
void add_environment(const ProgramDefinition& program, const InheritedEnvironment& inherited,
                     Environment& into);

}  // namespace kamexec

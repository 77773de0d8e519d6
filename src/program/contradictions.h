// SPDX-License-Identifier: GPL-2.0-or-later
// Attributes that are right each by itself, and not together. Used by this room alone.
#pragma once

#include <set>
#include <string_view>
#include <vector>

#include "program/mistake.h"
#include "program/program_definition.h"

namespace kamexec::program {

/// @p given: the attributes that the definition names; the others have their defaults, which give
/// way where they can. A mistake's message names both attributes and what to write.
[[nodiscard]] std::vector<Mistake> settle(ProgramDefinition& program,
                                          const std::set<std::string_view>& given, Reader reader);

}  // namespace kamexec::program

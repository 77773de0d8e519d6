// SPDX-License-Identifier: GPL-2.0-or-later
// Programs that the service is asked for: those with via=service, and, with the parameter service,
// those that the configuration calls and doesn't define.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "program/programs.h"

namespace kamexec::module {

/// Makes a program of the configuration of a name that is called at @p place (empty: not known) and
/// not defined, if there is a service. While the configuration loads.
void note_called_name(std::string_view name, const std::string& place);

/// A call whose function has a use for the output of its program: the daemon may have one of that
/// name that is stored, and runs when nobody waits any more. While the configuration loads.
void note_output_wanted(const program::Program& program, const std::string& label);

/// A program of a name that only a call at run time has. It is its owner's alone, and known to no
/// statistics: an address of it means nothing to another process.
[[nodiscard]] std::unique_ptr<const program::Program> asked_program(std::string_view name);

/// kamexec_service_unknown().
[[nodiscard]] int unknown_to_service(bool strict);

}  // namespace kamexec::module

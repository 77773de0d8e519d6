// SPDX-License-Identifier: GPL-2.0-or-later
// A definition checked against this machine, once, when the configuration is loaded.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "process/identity.h"
#include "program/program_definition.h"

namespace kamexec::program {

/// What a definition's names stand for here.
struct ResolvedProgram {
  std::string path;  ///< of the program, for execve
  /// Absent: the definition names neither user nor group, and programs run as the server does.
  std::optional<process::Identity> identity;
};

/// Looks for the program (in @p search_path, directories as in PATH, where it has no slash), its
/// directory, user and group; with via=service there is nothing to look for here. Asks the system's
/// name service: only while the configuration loads. Errors name the attribute: no such program or
/// not executable, no such directory, no such user or group.
[[nodiscard]] Result<ResolvedProgram> resolve_program(const ProgramDefinition& program,
                                                      std::string_view search_path);

/// Whether the calling process may start @p program at @p place: change to its user and groups, and
/// end it afterwards (CAP_SETUID, CAP_SETGID, CAP_KILL), and have the limits and the nice value
/// that it names. An identity that the process has already is taken out of @p place: nothing needs
/// to be changed then. To be asked in a process that has the rights with which programs are
/// started: a server that begins as root gives them up later. The error names the attribute and
/// what to write.
[[nodiscard]] Result<void> check_permission(const ProgramDefinition& program,
                                            ResolvedProgram& place);

}  // namespace kamexec::program

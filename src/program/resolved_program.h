// SPDX-License-Identifier: GPL-2.0-or-later
// A definition checked against this machine, once, when the configuration is loaded.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "process/cgroup_parent.h"
#include "process/identity.h"
#include "process/kernel_abilities.h"
#include "program/mistake.h"
#include "program/program_definition.h"

namespace kamexec::process {
class Sandbox;
}  // namespace kamexec::process

namespace kamexec::program {

/// What a definition's names stand for here.
struct ResolvedProgram {
  std::string path;  ///< of the program, for execve
  /// Absent: the definition names neither user nor group, and programs run as the server does.
  std::optional<process::Identity> identity;
  std::shared_ptr<const process::Sandbox> sandbox = {};  ///< nullptr: the definition names none
  /// Since check_permission(), where the definition has `cgroup`.
  std::shared_ptr<const process::CgroupParent> cgroup{};
};

/// Fills @p place in, and says all that is wrong: no such program or not executable, no such
/// directory, no such user or group; with mistakes, @p place is not to be used. The program is
/// looked for in @p search_path, directories as in PATH, where its name has no slash; with
/// via=service there is nothing to look for here. What a sandbox needs of the kernel is compared
/// with
/// @p abilities. Asks the system's name service: only while the configuration loads.
[[nodiscard]] std::vector<Mistake> resolve_program(
    const ProgramDefinition& program, std::string_view search_path, ResolvedProgram& place,
    const process::KernelAbilities& abilities = process::kernel_abilities());

/// Why the calling process may not start @p program at @p place: change to its user and groups, and
/// end it afterwards (CAP_SETUID, CAP_SETGID, CAP_KILL), and have the limits and the nice value
/// that it names, and keep its signals to itself by its user alone. An identity that the process
/// has already is taken out of @p place: nothing needs to be changed then. What its control groups
/// take is made ready (process::prepare_cgroups()): once, in the process that forks those which
/// start programs, where there is one. To be asked in a process that has the rights with which
/// programs are started: a server that begins as root gives them up later. Messages name the
/// attribute and what to write.
[[nodiscard]] std::vector<Mistake> check_permission(const ProgramDefinition& program,
                                                    ResolvedProgram& place);

}  // namespace kamexec::program

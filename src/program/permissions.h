// SPDX-License-Identifier: GPL-2.0-or-later
// What a program may do, by its definition, in words for people: for kamexec try and check.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "program/program_definition.h"

namespace kamexec::program {

struct Permission {
  std::string_view
      what;          ///< user, privileges, files, network, system calls, signals, limits, cgroup
  std::string text;  ///< "the system's and its own; reads and runs /opt/lcr"
  bool is_kept = false;  ///< the definition takes something from what the server itself may do
};

/// All of them, in that order. @p sandbox: what is in force, the definition's rule or what the
/// kernel can do of it. For a program of the daemon's (via=service) there is nothing to say.
[[nodiscard]] std::vector<Permission> permissions(const ProgramDefinition& program,
                                                  const process::SandboxRule& sandbox);

}  // namespace kamexec::program

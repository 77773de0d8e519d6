// SPDX-License-Identifier: GPL-2.0-or-later
#include "program/program_environment.h"

namespace kamexec::program {

request::InheritedEnvironment base_environment(const ProgramDefinition& program,
                                               const char* const* all) {
  request::InheritedEnvironment base =
      program.environment.inherit_all
          ? request::InheritedEnvironment::everything(all)
          : request::InheritedEnvironment::only(all, program.environment.names);
  for (const std::string& assignment : program.environment.assignments) {
    base.assign(assignment);
  }
  return base;
}

}  // namespace kamexec::program

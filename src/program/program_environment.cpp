// SPDX-License-Identifier: GPL-2.0-or-later
#include "program/program_environment.h"

namespace kamexec {

InheritedEnvironment base_environment(const ProgramDefinition& program, const char* const* all) {
  InheritedEnvironment base = program.environment.inherit_all
                                  ? InheritedEnvironment::everything(all)
                                  : InheritedEnvironment::only(all, program.environment.names);
  for (const std::string& assignment : program.environment.assignments) {
    base.assign(assignment);
  }
  return base;
}

}  // namespace kamexec

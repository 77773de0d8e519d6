// SPDX-License-Identifier: GPL-2.0-or-later
#include "program/program_environment.h"

namespace kamexec {

InheritedEnvironment inherited_by(const ProgramDefinition& program, const char* const* all) {
  return program.environment.inherit_all
             ? InheritedEnvironment::everything(all)
             : InheritedEnvironment::only(all, program.environment.names);
}

void add_environment(const ProgramDefinition& program, const InheritedEnvironment& inherited,
                     Environment& into) {
  into.inherit(inherited);
  for (const std::string& assignment : program.environment.assignments) {
    const std::size_t equals = assignment.find('=');
    into.set(assignment.substr(0, equals), assignment.substr(equals + 1));
  }
}

}  // namespace kamexec

// SPDX-License-Identifier: GPL-2.0-or-later
#include "kamailio/calls/call_state.h"

#include "kamailio/calls/facts.h"
#include "kamailio/programs/program_run.h"
#include "kamailio/state/state.h"

extern "C" char** environ;

namespace kamexec {

CallState::CallState()
    : inherited(settings().inherit_all
                    ? InheritedEnvironment::everything(environ)
                    : InheritedEnvironment::only(environ, settings().inherited_names)),
      path(InheritedEnvironment::everything(environ).value("PATH")) {}

CallState& call_state() {
  return process_state().call_state.get();
}

void begin_environment(const ProgramRun* program) {
  Environment& environment = call_state().buffers.environment;
  environment.clear();
  if (program != nullptr) {
    program->add_environment(environment);
  } else {
    environment.inherit(call_state().inherited);
  }
}

Result<void> add_variables(HostMessage* message) {
  if (!settings().set_variables) {
    return {};
  }
  if (!gather_facts(message, call_state().facts)) {
    return failure("the message's headers can't be parsed");
  }
  EnvironmentOptions options;
  options.bash_safety = settings().bash_safety;
  add_request(call_state().facts, options, call_state().buffers.environment);
  return {};
}

Result<void> fill_environment(HostMessage* message, bool variables, const ProgramRun* program) {
  begin_environment(program);
  return variables ? add_variables(message) : Result<void>();
}

Result<void> fill_variables(HostMessage* message, bool variables) {
  call_state().buffers.environment.clear();
  return variables ? add_variables(message) : Result<void>();
}

}  // namespace kamexec

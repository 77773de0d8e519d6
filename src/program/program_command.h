// SPDX-License-Identifier: GPL-2.0-or-later
// From a definition and a call to what is run, and how: PreparedCommands, so that command/'s Argv
// fills in the values, and the definition in the words of the rooms that act on it.
#pragma once

#include "command/prepared_command.h"
#include "pool/pool_options.h"
#include "process/run.h"
#include "process/supervisor.h"
#include "program/program_call.h"
#include "program/programs.h"
#include "request/inherited_environment.h"

namespace kamexec::program {

enum class CallTail {
  as_written,
  one_more_value,  ///< the last argument is one more value: exec_dset's R-URI
};

/// What @p call of @p program is run with: spawned_command() or pooled_arguments(), as the
/// definition says. exec_dset's R-URI is the value that PreparedCommand::takes_appended tells of.
[[nodiscard]] command::PreparedCommand call_command(const Program& program, const ProgramCall& call,
                                                    CallTail tail);

/// via=spawn: the program's own words and then the call's.
[[nodiscard]] command::PreparedCommand spawned_command(const ProgramDefinition& program,
                                                       const ResolvedProgram& place,
                                                       const ProgramCall& call,
                                                       CallTail tail = CallTail::as_written);

/// via=pool and via=service: what is sent of the call. The first word is the program's name, as
/// argv[0] would be; the call's words follow.
[[nodiscard]] command::PreparedCommand pooled_arguments(const ProgramCall& call,
                                                        CallTail tail = CallTail::as_written);

/// via=pool: how a worker is started. Takes no values.
[[nodiscard]] command::PreparedCommand worker_command(const ProgramDefinition& program,
                                                      const ResolvedProgram& place);

/// What is said of the program in the way of process/. The pointers of the start are into @p
/// program and @p place, which must outlive its use; argv and environment are still to be set.
[[nodiscard]] process::ProgramStart process_start(const ProgramDefinition& program,
                                                  const ResolvedProgram& place);
/// What each process of the program gets, whatever the request: of @p all (environ, as
/// InheritedEnvironment takes it) what the definition lets through, and what it sets.
[[nodiscard]] request::InheritedEnvironment base_environment(const ProgramDefinition& program,
                                                             const char* const* all);
/// Input and whether output is captured are the call's to say.
[[nodiscard]] process::RunOptions run_options(const ProgramDefinition& program);
[[nodiscard]] process::SupervisorLimits supervisor_limits(const ProgramDefinition& program);
/// via=pool: for the pool of its workers.
[[nodiscard]] pool::PoolOptions pool_options(const ProgramDefinition& program);

}  // namespace kamexec::program

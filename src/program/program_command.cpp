// SPDX-License-Identifier: GPL-2.0-or-later
#include "program/program_command.h"

namespace kamexec::program {
namespace {

command::Word fixed_word(const std::string& text) {
  return text.empty() ? command::Word{}
                      : command::Word{command::WordPiece{command::WordPiece::kFixed, text}};
}

void add_fixed(const std::vector<std::string>& words, command::PreparedCommand& command) {
  for (const std::string& word : words) {
    command.words.push_back(fixed_word(word));
  }
}

void add_call(const ProgramCall& call, CallTail tail, command::PreparedCommand& command) {
  command.words.insert(command.words.end(), call.words.begin(), call.words.end());
  command.value_count = call.value_count;
  command.shell_text = call.text;  // for messages
  if (tail == CallTail::one_more_value) {
    command.words.push_back(
        command::Word{command::WordPiece{static_cast<int>(command.value_count++), {}}});
    command.takes_appended = true;
  }
}

}  // namespace

command::PreparedCommand call_command(const Program& program, const ProgramCall& call,
                                      CallTail tail) {
  return program.definition.via == Via::spawn
             ? spawned_command(program.definition, program.place, call, tail)
             : pooled_arguments(call, tail);
}

command::PreparedCommand spawned_command(const ProgramDefinition& program,
                                         const ResolvedProgram& place, const ProgramCall& call,
                                         CallTail tail) {
  command::PreparedCommand command;
  command.program = place.path;
  add_fixed(program.run, command);
  add_call(call, tail, command);
  return command;
}

command::PreparedCommand pooled_arguments(const ProgramCall& call, CallTail tail) {
  command::PreparedCommand command;
  command.program = call.program;
  add_fixed({call.program}, command);
  add_call(call, tail, command);
  return command;
}

command::PreparedCommand worker_command(const ProgramDefinition& program,
                                        const ResolvedProgram& place) {
  command::PreparedCommand command;
  command.program = place.path;
  add_fixed(program.run, command);
  return command;
}

process::ProgramStart process_start(const ProgramDefinition& program,
                                    const ResolvedProgram& place) {
  process::ProgramStart start;
  start.program = place.path.c_str();
  start.working_directory = program.directory.empty() ? nullptr : program.directory.c_str();
  start.identity = place.identity ? &*place.identity : nullptr;
  start.limits = program.limits;
  start.nice = program.nice;
  start.no_new_privileges = program.no_new_privileges;
  // check_permission() leaves an identity out that is the host's already.
  start.drops_ambient_capabilities = !program.user.empty() || !program.group.empty();
  start.sandbox = place.sandbox;
  start.cgroup = place.cgroup;
  return start;
}

process::RunOptions run_options(const ProgramDefinition& program) {
  process::RunOptions options;
  options.timeout = program.timeout;
  options.stop.grace = program.kill_grace;
  options.output_limit = program.output_limit;
  options.error_limit = program.error_limit;
  return options;
}

process::SupervisorLimits supervisor_limits(const ProgramDefinition& program) {
  process::SupervisorLimits limits;
  limits.most_running = program.most_running;
  limits.most_queued = program.most_queued;
  limits.queue_time = program.queue_time;
  return limits;
}

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

pool::PoolOptions pool_options(const ProgramDefinition& program) {
  pool::PoolOptions options = program.pool;
  options.stop.grace = program.kill_grace;
  options.most_queued = program.most_queued;
  options.queue_time = program.queue_time;
  options.output_limit = program.output_limit;
  options.error_limit = program.error_limit;
  return options;
}

}  // namespace kamexec::program

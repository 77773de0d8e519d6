// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/invocation.h"

#include <unistd.h>

#include "program/program_command.h"

namespace kamexec::engine {
namespace {

/// Where the program of a command is: where it was when the command was prepared, or where it has
/// moved to since. One that is in neither is left to execve, which says so.
const char* locate(const command::PreparedCommand& command, std::string_view search_path,
                   InvocationBuffers& buffers) {
  const char* prepared = buffers.argv.program();
  if (command.needs_shell() ||
      (!command.program.empty() && ::access(command.program.c_str(), F_OK) == 0)) {
    return prepared;
  }
  const char* name = buffers.argv.data()[0];
  buffers.path = command::find_program(name, search_path);
  if (!buffers.path.empty()) {
    return buffers.path.c_str();
  }
  return command.program.empty() ? name : prepared;
}

/// @p name: of a variable that is over kLongestVariable.
tl::unexpected<Error> oversized_variable(std::string_view name) {
  return failure("the environment variable " + std::string(name) +
                 " is longer than the kernel accepts (" +
                 std::to_string(request::kLongestVariable) +
                 " bytes): the message is too large; setvars turns the variables off");
}

}  // namespace

Way way_of(const program::Program* program) {
  if (program == nullptr) {
    return Way::command;
  }
  switch (program->definition.via) {
    case program::Via::spawn:
      return Way::spawn;
    case program::Via::pool:
      return Way::pool;
    case program::Via::nats:
      return Way::fleet;
    case program::Via::service:
      break;
  }
  return Way::service;
}

Needs needs_of(const program::Program* program) {
  switch (way_of(program)) {
    case Way::command:
    case Way::spawn:
      return {.variables = true, .input = true, .uri = false, .message = false};
    case Way::pool:
      return {.variables = true, .input = false, .uri = true, .message = true};
    case Way::service:
    case Way::fleet:
      break;
  }
  return {.variables = true, .input = true, .uri = true, .message = true};
}

std::chrono::milliseconds timeout_of(const program::Program* program,
                                     const process::RunOptions& limits) {
  return program != nullptr ? program->definition.timeout : limits.timeout;
}

Result<Invocation> make_invocation(const InvocationParts& parts, InvocationBuffers& buffers) {
  if (Result<void> filled = buffers.argv.fill(parts.command, parts.values); !filled) {
    return tl::unexpected<Error>(std::move(filled.error()));
  }
  if (!parts.id.empty()) {
    buffers.variables.set("KAMEXEC_ID", parts.id);
    buffers.variables.set("KAMEXEC_ATTEMPT", std::to_string(parts.attempt));
  }
  if (const std::string_view name = buffers.variables.oversized(); !name.empty()) {
    return oversized_variable(name);
  }
  Invocation made;
  made.id = parts.id;
  made.attempt = parts.attempt;
  made.program = parts.program;
  made.path = parts.program != nullptr ? parts.program->place.path.c_str()
                                       : locate(parts.command, parts.search_path, buffers);
  made.argv = buffers.argv.data();
  made.variables = buffers.variables.packed();
  const process::RunOptions& limits =
      parts.program != nullptr ? program::run_options(parts.program->definition) : parts.limits;
  made.output_limit = limits.output_limit;
  made.error_limit = limits.error_limit;
  made.stop = limits.stop;
  if (limits.timeout.count() > 0) {
    made.deadline = after(parts.requested, limits.timeout);
  }
  // A job in the background that writes to a pipe of ours would die of it when the call is over: it
  // writes where the host does.
  made.capture_error = !parts.command.has_background_job;
  return made;
}

bool output_counts(const process::Outcome& outcome) {
  return outcome.cause == process::Cause::ok || outcome.cause == process::Cause::nonzero_exit;
}

}  // namespace kamexec::engine

// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/run_command.h"

#include <cerrno>
#include <string>

namespace kamexec {
namespace {

bool is_missing(const Outcome& outcome) {
  return outcome.cause == Cause::not_started && outcome.system_errno == ENOENT;
}

/// Looks for a plain word's program; empty where its place is not to be searched for.
void search(const PreparedCommand& command, std::string_view search_path, CallBuffers& buffers) {
  buffers.program.clear();
  if (!command.needs_shell()) {
    buffers.program = find_program(buffers.argv.data()[0], search_path);
  }
}

}  // namespace

Result<ProgramStart> start_of(const PreparedCommand& command,
                              std::span<const std::string_view> values,
                              std::string_view search_path, CallBuffers& buffers) {
  if (Result<void> filled = buffers.argv.fill(command, values); !filled) {
    return tl::unexpected<Error>(std::move(filled.error()));
  }
  ProgramStart start;
  start.environment = buffers.environment.envp();
  if (const std::string_view name = buffers.environment.oversized(); !name.empty()) {
    return failure("the environment variable " + std::string(name) +
                   " is longer than the kernel accepts (" + std::to_string(kLongestVariable) +
                   " bytes): the message is too large; setvars turns the variables off");
  }
  start.argv = buffers.argv.data();
  start.program = buffers.argv.program();
  if (!command.needs_shell() && command.program.empty()) {
    search(command, search_path, buffers);
    start.program = buffers.program.empty() ? start.argv[0] : buffers.program.c_str();
  }
  return start;
}

RunResult run_command(const PreparedCommand& command, std::span<const std::string_view> values,
                      std::string_view search_path, const RunOptions& options,
                      CallBuffers& buffers) {
  Result<ProgramStart> start = start_of(command, values, search_path, buffers);
  if (!start) {
    RunResult refusal;
    refusal.outcome.cause = Cause::refused;
    refusal.outcome.detail = std::move(start.error().message);
    return refusal;
  }
  RunResult result = run(*start, options);
  if (is_missing(result.outcome) && !command.program.empty()) {
    // It was there when the configuration was loaded, and may have moved.
    search(command, search_path, buffers);
    if (!buffers.program.empty() && buffers.program != command.program) {
      start->program = buffers.program.c_str();
      result = run(*start, options);
    }
  }
  return result;
}

}  // namespace kamexec

// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/run_command.h"

#include <cerrno>
#include <string>

namespace kamexec {
namespace {

RunResult refusal(std::string detail) {
  RunResult result;
  result.outcome.cause = Cause::refused;
  result.outcome.detail = std::move(detail);
  return result;
}

bool is_missing(const Outcome& outcome) {
  return outcome.cause == Cause::not_started && outcome.system_errno == ENOENT;
}

/// The name of a plain words' program as the text has it, where it is to be searched for.
std::string searched_name(const PreparedCommand& command, const Argv& argv) {
  if (command.needs_shell()) {
    return {};
  }
  const std::string name = argv.data()[0];
  return name.find('/') == std::string::npos ? name : std::string();
}

}  // namespace

RunResult run_command(const PreparedCommand& command, std::span<const std::string_view> values,
                      std::string_view search_path, const RunOptions& options, CallBuffers& buffers) {
  if (const Result<void> filled = buffers.argv.fill(command, values); !filled) {
    return refusal(filled.error().message);
  }
  ProgramStart start;
  start.environment = buffers.environment.envp();
  if (const std::string_view name = buffers.environment.oversized(); !name.empty()) {
    return refusal("the environment variable " + std::string(name) +
                   " is longer than the kernel passes on (" + std::to_string(kLongestVariable) +
                   " bytes): the message is too large, or turn variables off with setvars");
  }
  start.argv = buffers.argv.data();
  start.program = buffers.argv.program();

  const std::string name = searched_name(command, buffers.argv);
  std::string found;
  if (!command.needs_shell() && command.program.empty()) {
    found = find_program(name, search_path);
    start.program = found.empty() ? buffers.argv.data()[0] : found.c_str();
  }
  RunResult result = run(start, options);
  if (is_missing(result.outcome) && !name.empty() && found.empty()) {
    found = find_program(name, search_path);
    if (!found.empty() && found != start.program) {
      start.program = found.c_str();
      result = run(start, options);
    }
  }
  return result;
}

}  // namespace kamexec

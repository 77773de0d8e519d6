// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/syntax_check.h"

#include "process/run.h"

extern "C" char** environ;

namespace kamexec {

Result<void> check_shell_syntax(const std::string& text) {
  // dash has no -n for -c texts of its own, so the text comes on standard input.
  char shell[] = "sh";
  char no_run[] = "-n";
  char* const argv[] = {shell, no_run, nullptr};
  ProgramStart start;
  start.program = "/bin/sh";
  start.argv = argv;
  start.environment = environ;
  RunOptions options;
  options.timeout = std::chrono::seconds(5);
  const std::string input = text + "\n";
  options.input = input;
  const RunResult result = run(start, options);
  if (result.outcome.cause != Cause::said_no) {
    return {};
  }
  std::string words = result.error.substr(0, result.error.find('\n'));
  return failure("the shell can't parse this command: " +
                 (words.empty() ? std::string("syntax error") : words));
}

}  // namespace kamexec

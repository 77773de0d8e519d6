// SPDX-License-Identifier: GPL-2.0-or-later
#include <sys/wait.h>

#include <cerrno>
#include <cstdio>
#include <memory>

#include "bare/bare_call.h"
#include "engine/run_command.h"
#include "program/program_command.h"
#include "program/program_environment.h"
#include "tool/bench/contest.h"

extern "C" char** environ;

namespace kamexec {
namespace {

/// Runs @p text as Kamailio's own module does, by popen(3): a shell for each call, no deadline.
/// What it printed replaces @p output; any end but exit status 0 is an error.
Result<void> call_by_popen(const std::string& text, std::string& output) {
  output.clear();
  std::FILE* const pipe = ::popen(text.c_str(), "r");
  if (pipe == nullptr) {
    return system_failure("popen", errno);
  }
  char line[1024];
  while (std::fgets(line, sizeof line, pipe) != nullptr) {
    output += line;
  }
  const int status = ::pclose(pipe);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    return failure("the command failed, wait status " + std::to_string(status));
  }
  return {};
}

/// What is started, and buffers that the start points into.
struct Prepared {
  CallBuffers buffers;
  InheritedEnvironment inherited;
  ResolvedProgram place;
  ProgramStart start;
  RunOptions options;
  std::vector<char*> bare_argv;  ///< with the program's path in front
  std::string printed;
};

Result<std::shared_ptr<Prepared>> prepared(const BenchInputs& inputs) {
  auto made = std::make_shared<Prepared>();
  const Program* program = inputs.command.program;
  made->options.timeout = kLongestCall;
  if (program != nullptr) {
    made->place = program->place;
    if (const Result<void> may = check_permission(program->definition, made->place); !may) {
      return tl::unexpected<Error>(may.error());
    }
    made->inherited = inherited_by(program->definition, environ);
    add_environment(program->definition, made->inherited, made->buffers.environment);
    made->options = run_options(program->definition);
  } else {
    made->buffers.environment.inherit(inputs.surroundings.inherited);
  }
  const Result<ProgramStart> filled =
      start_of(*inputs.command.prepared, {}, inputs.surroundings.search_path, made->buffers);
  if (!filled) {
    return tl::unexpected<Error>(filled.error());
  }
  made->start = *filled;
  if (program != nullptr) {
    made->start = start_of(program->definition, made->place);
    made->start.program = made->place.path.c_str();
    made->start.argv = filled->argv;
    made->start.environment = filled->environment;
  }
  made->options.capture_output = true;
  made->bare_argv.push_back(const_cast<char*>(made->start.program));
  for (char* const* word = made->start.argv + 1; *word != nullptr; ++word) {
    made->bare_argv.push_back(*word);
  }
  made->bare_argv.push_back(nullptr);
  return made;
}

Result<void> made_well(const Outcome& outcome) {
  if (outcome.cause == Cause::ok) {
    return {};
  }
  std::string why(word(outcome.cause));
  if (outcome.exit_status >= 0) {
    why += ", exit status " + std::to_string(outcome.exit_status);
  }
  return failure(why + (outcome.detail.empty() ? "" : ", " + outcome.detail) +
                 "; give a command that succeeds");
}

Subject ours(const std::shared_ptr<Prepared>& made, bool shell) {
  return {"kamexec", shell ? "kamexec, by a shell" : "kamexec, without a shell",
          [made] { return made_well(run(made->start, made->options).outcome); }};
}

/// The same text where our way needs no shell, to show what one costs.
Subject by_shell(const std::shared_ptr<Prepared>& made, const std::string& text) {
  return {"kamexec-shell", "kamexec, by a shell", [made, text] {
            char shell[] = "/bin/sh";
            char option[] = "-c";
            std::string copy = text;
            char* const argv[] = {shell, option, copy.data(), nullptr};
            ProgramStart start = made->start;
            start.program = shell;
            start.argv = argv;
            return made_well(run(start, made->options).outcome);
          }};
}

Subject stock(const std::shared_ptr<Prepared>& made, const std::string& text) {
  return {"popen", "popen, as Kamailio's own module",
          [made, text] { return call_by_popen(text, made->printed); }};
}

Subject bare(const std::shared_ptr<Prepared>& made) {
  return {"bare", "posix_spawn and a pipe, no more", [made] {
            BareCall call;
            call.argv = made->bare_argv.data();
            call.environment = made->start.environment;
            call.capture_output = true;
            return make_bare_call(call, made->printed);
          }};
}

}  // namespace

Result<Contest> command_contest(const BenchInputs& inputs) {
  const Result<std::shared_ptr<Prepared>> made = prepared(inputs);
  if (!made) {
    return tl::unexpected<Error>(made.error());
  }
  Contest contest;
  contest.title = inputs.text;
  const bool shell = inputs.command.prepared->needs_shell();
  contest.subjects.push_back(ours(*made, shell));
  // With a deadline, as nothing else here has: what hangs is found out first.
  if (const Result<void> tried = contest.subjects.front().call(); !tried) {
    return tl::unexpected<Error>(tried.error());
  }
  if (inputs.command.program == nullptr) {
    if (!shell) {
      contest.subjects.push_back(by_shell(*made, inputs.command.prepared->shell_text));
    }
    contest.subjects.push_back(stock(*made, inputs.command.prepared->shell_text));
  } else if ((*made)->start.identity != nullptr || (*made)->start.working_directory != nullptr ||
             (*made)->start.limits != ResourceLimits()) {
    contest.notes.emplace_back(
        "the bare call does not set the program's user, directory and limits");
  }
  contest.subjects.push_back(bare(*made));
  return contest;
}

}  // namespace kamexec

// SPDX-License-Identifier: GPL-2.0-or-later
#include <sys/wait.h>

#include <cerrno>
#include <cstdio>
#include <memory>

#include "bare/bare_call.h"
#include "engine/executor.h"
#include "engine/invocation.h"
#include "program/program_command.h"
#include "request/envp.h"
#include "tool/bench/contest.h"

extern "C" char** environ;

namespace kamexec::tool {
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

/// What is run, and buffers that it points into.
struct Prepared {
  explicit Prepared(engine::ExecutorOptions options) : executor(std::move(options)) {}

  engine::InvocationBuffers buffers;
  engine::Invocation invocation;
  std::chrono::milliseconds timeout{0};
  request::InheritedEnvironment base;
  request::Envp environment;
  std::vector<char*> bare_argv;  ///< with the program's path in front
  engine::Executor executor;
  process::RunResult result;
  std::string printed;
};

Result<std::shared_ptr<Prepared>> prepared(const BenchInputs& inputs) {
  engine::ExecutorOptions options;
  options.environment = inputs.surroundings.inherited;
  auto made = std::make_shared<Prepared>(std::move(options));
  const program::Program* program = inputs.command.program;
  process::RunOptions limits;
  limits.timeout = kLongestCall;
  Result<engine::Invocation> invocation =
      engine::make_invocation({.command = *inputs.command.prepared,
                               .program = program,
                               .values = {},
                               .search_path = inputs.surroundings.search_path,
                               .limits = limits,
                               .requested = Clock::now()},
                              made->buffers);
  if (!invocation) {
    return tl::unexpected<Error>(std::move(invocation.error()));
  }
  made->invocation = *invocation;
  made->invocation.capture_output = true;
  made->timeout = engine::timeout_of(program, limits);
  made->base = program != nullptr ? program::base_environment(program->definition, environ)
                                  : inputs.surroundings.inherited;
  made->bare_argv.push_back(const_cast<char*>(made->invocation.path));
  for (char* const* word = made->invocation.argv + 1; *word != nullptr; ++word) {
    made->bare_argv.push_back(*word);
  }
  made->bare_argv.push_back(nullptr);
  return made;
}

Result<void> made_well(const process::Outcome& outcome) {
  if (outcome.cause == process::Cause::ok) {
    return {};
  }
  std::string why(process::word(outcome.cause));
  if (outcome.exit_status >= 0) {
    why += ", exit status " + std::to_string(outcome.exit_status);
  }
  return failure(why + (outcome.detail.empty() ? "" : ", " + outcome.detail) +
                 "; give a command that succeeds");
}

const process::Outcome& run_now(Prepared& made, engine::Invocation invocation) {
  invocation.deadline = after(Clock::now(), made.timeout);
  made.executor.run(invocation, made.result);
  return made.result.outcome;
}

Subject ours(const std::shared_ptr<Prepared>& made, bool shell) {
  return {"kamexec", shell ? "kamexec, by a shell" : "kamexec, without a shell",
          [made] { return made_well(run_now(*made, made->invocation)); }};
}

/// The same text where our way needs no shell, to show what one costs.
Subject by_shell(const std::shared_ptr<Prepared>& made, const std::string& text) {
  return {"kamexec-shell", "kamexec, by a shell", [made, text] {
            char shell[] = "/bin/sh";
            char option[] = "-c";
            std::string copy = text;
            char* const argv[] = {shell, option, copy.data(), nullptr};
            engine::Invocation invocation = made->invocation;
            invocation.path = shell;
            invocation.argv = argv;
            return made_well(run_now(*made, invocation));
          }};
}

Subject stock(const std::shared_ptr<Prepared>& made, const std::string& text) {
  return {"popen", "popen, as Kamailio's own module",
          [made, text] { return call_by_popen(text, made->printed); }};
}

Subject bare(const std::shared_ptr<Prepared>& made) {
  return {"bare", "posix_spawn and a pipe, no more",
          [made, environment = made->environment.fill(made->base, {})] {
            bare::BareCall call;
            call.argv = made->bare_argv.data();
            call.environment = environment;
            call.capture_output = true;
            return bare::make_bare_call(call, made->printed);
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
  } else if (const program::ProgramDefinition& program = inputs.command.program->definition;
             !program.user.empty() || !program.group.empty() || !program.directory.empty() ||
             program.limits != process::ResourceLimits() || program.nice ||
             program.no_new_privileges || program.sandbox.any()) {
    contest.notes.emplace_back(
        "the bare call does not set the program's user, directory, limits, nice value and sandbox");
  }
  if (inputs.command.program != nullptr && !inputs.command.program->definition.cgroup.empty()) {
    contest.notes.emplace_back("the bare call makes no control group");
  }
  contest.subjects.push_back(bare(*made));
  return contest;
}

}  // namespace kamexec::tool

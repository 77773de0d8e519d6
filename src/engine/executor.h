// SPDX-License-Identifier: GPL-2.0-or-later
// Runs Invocations, whatever they are of, in one process of a host.
#pragma once

#include <poll.h>

#include <array>
#include <map>
#include <memory>
#include <vector>

#include "engine/pool_runner.h"
#include "engine/program_host.h"
#include "engine/runner.h"
#include "engine/spawn_runner.h"
#include "request/inherited_environment.h"

namespace kamexec::engine {

struct ExecutorOptions {
  /// What commands get of the host's environment. Named programs choose from environ.
  request::InheritedEnvironment environment;
  /// Empty: this process shares no program with others.
  ProgramHosts program_hosts;
  /// Empty: nobody overhears workers.
  TransportWrapper wrap_transport;
};

/// Commands that run and wait at once: of those that somebody waits for, and of the others.
struct CommandQueues {
  process::SupervisorLimits attended;
  process::SupervisorLimits unattended;
};

/// Made by the process and the thread that use it, after the host has forked; must live as long as
/// what it started. In a child that the host forks it is dead: there it may only be destroyed.
///
/// run() waits; submit() doesn't, and wants watch(), step() and start_some() to be called in a
/// loop. A process may do both.
class Executor {
 public:
  explicit Executor(ExecutorOptions options);

  /// Whether this process may run @p program (nullptr: a command, which it may). The error says why
  /// not.
  [[nodiscard]] Result<void> check(const program::Program* program);

  /// Which parts of a request are of use to @p program (nullptr: a command), as far as this process
  /// knows. The error says why it can't be used here.
  [[nodiscard]] Result<Needs> needs(const program::Program* program);

  /// Makes all that @p program needs in this process, and has the first workers of a pool start,
  /// ahead of the first call. Doesn't wait for them. The error says why it can't be used here.
  [[nodiscard]] Result<void> make_ready(const program::Program& program);

  /// Runs it and waits for its end. What can't be run is an outcome: Cause::refused.
  void run(const Invocation& invocation, process::RunResult& result);
  [[nodiscard]] process::RunResult run(const Invocation& invocation);

  /// Lets commands be submitted. Named programs have limits of their own.
  [[nodiscard]] Result<void> open_queues(const CommandQueues& queues);
  /// Starts or queues it. The completion comes from step(), stop_until() or a run() in between. The
  /// error says why it was not taken; what is thrown is shortage of memory, and nothing was taken.
  [[nodiscard]] tl::expected<Cancel, process::Outcome> submit(const Invocation& invocation,
                                                              Completion completion);

  /// Adds what is to be watched for reading.
  void watch(std::vector<pollfd>& into) const;
  /// Handles what has happened, without waiting; then start_some() starts a few of what may run.
  /// false: some could not be handled, for lack of memory. The others were.
  [[nodiscard]] bool step();
  [[nodiscard]] bool start_some();
  /// Ends all that was submitted, and the workers; waits until @p until at the longest.
  void stop_until(TimePoint until);

 private:
  [[nodiscard]] Result<Runner*> runner_for(const program::Program* program, bool unattended);
  /// A named program in this process.
  struct Known {
    program::Program program;  ///< a copy: which rights are left to be changed is this process' own
    request::InheritedEnvironment base;  ///< what the environment of its processes begins with
    std::unique_ptr<Runner> runner{};    ///< made with the first call
  };
  [[nodiscard]] Result<Known*> known(const program::Program& program);
  [[nodiscard]] Result<std::unique_ptr<Runner>> make_runner(const program::Program& program,
                                                            const Known& known, Way way) const;
  template <typename Body>
  bool for_all(Body body) const;

  const ExecutorOptions options_;
  std::unique_ptr<SpawnRunner> commands_;
  std::unique_ptr<SpawnRunner> unattended_;  ///< with open_queues()
  std::map<const program::Program*, Known> programs_;
};

}  // namespace kamexec::engine

// SPDX-License-Identifier: GPL-2.0-or-later
// Runs Invocations, whatever they are of, in one process of a host.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/pool_runner.h"
#include "engine/program_host.h"
#include "engine/runner.h"
#include "engine/service_runner.h"
#include "engine/spawn_runner.h"
#include "process/watch_set.h"
#include "request/inherited_environment.h"

namespace kamexec::engine {

struct ExecutorOptions {
  /// What commands get of the host's environment. Named programs choose from environ.
  request::InheritedEnvironment environment;
  /// Empty: this process shares no program with others.
  ProgramHosts program_hosts;
  /// Empty: nobody overhears workers.
  TransportWrapper wrap_transport;
  /// Of the daemon that runs programs with via=service; empty: such programs are refused.
  std::string service_socket;
  /// Makes the one runner of programs with via=nats, with the first of them; empty: such programs
  /// are refused.
  std::function<Result<std::unique_ptr<Runner>>()> make_fleet_runner{};
};

/// Commands that run and wait at once: of those that somebody waits for, and of the others.
struct CommandQueues {
  process::SupervisorLimits attended;
  process::SupervisorLimits unattended;
};

/// Made by the process and the thread that use it, after the host has forked; must live as long as
/// what it started. In a child that the host forks it is dead: there it may only be destroyed.
///
/// run() waits; submit() doesn't, and wants step() and start_some() to be called in a loop that
/// watches fd(). A process may do both.
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

  /// This process' connection to the service, for what is asked of the daemon itself. The error: no
  /// service is set, or it can't be used here.
  [[nodiscard]] Result<service::Client*> service();

  /// Runs it and waits for its end. What can't be run is an outcome: Cause::refused.
  void run(const Invocation& invocation, process::RunResult& result);
  [[nodiscard]] process::RunResult run(const Invocation& invocation);

  /// Makes what submit() needs, so that its failure shows early and fd() is there.
  [[nodiscard]] Result<void> open();
  /// The same, with @p queues for commands. Named programs have limits of their own.
  [[nodiscard]] Result<void> open_queues(const CommandQueues& queues);
  /// Starts or queues it. The completion comes from step(), stop_until() or a run() in between. The
  /// error says why it was not taken; what is thrown is shortage of memory, and nothing was taken.
  [[nodiscard]] tl::expected<Cancel, process::Outcome> submit(const Invocation& invocation,
                                                              Completion completion);

  /// Readable when step() has something to do: for the host's own loop. Not to be read or changed.
  /// The same one for as long as this lives; -1 before open(), or the first submit().
  [[nodiscard]] int fd() const { return watches_ ? watches_->fd() : -1; }
  /// Handles what has happened, without waiting; then start_some() starts a few of what may run.
  /// Programs that have nothing to do cost nothing. false: some could not be handled, for lack of
  /// memory. The others were.
  [[nodiscard]] bool step();
  [[nodiscard]] bool start_some();

  /// Lets go of @p program: from now on it is a new one here. What was submitted goes on; then its
  /// workers are closed in good order, without another call; then @p gone is called, once, by
  /// step() or stop_until(), and nothing refers to @p program any more. Where nothing of it is
  /// here, @p gone is called before this returns. It may use the Executor; it must not throw.
  void retire(const program::Program& program, std::function<void()> gone);

  /// What is under way of @p program. All zero: nothing, or retire() was called.
  [[nodiscard]] RunnerFigures figures(const program::Program& program) const;

  /// Ends all that was submitted, and the workers; waits until @p until at the longest.
  void stop_until(TimePoint until);

 private:
  using Key = process::WatchSet::Key;
  /// A runner, and where it stands in runners_.
  struct Seat {
    std::unique_ptr<Runner> runner{};
    Key key = 0;
    bool watched = false;
  };
  /// A named program in this process.
  struct Known {
    program::Program program;  ///< a copy: which rights are left to be changed is this process' own
    request::InheritedEnvironment base;  ///< what the environment of its processes begins with
    Seat seat{};                         ///< taken with the first call
    std::function<void()> gone{};        ///< of one that is retired
    bool closing = false;                ///< of one that is retired: its workers were told
  };
  [[nodiscard]] Result<Known*> known(const program::Program& program);
  [[nodiscard]] Result<Seat*> seat_for(const program::Program* program, bool unattended);
  [[nodiscard]] Result<std::unique_ptr<Runner>> make_runner(const program::Program& program,
                                                            const Known& known, Way way) const;
  [[nodiscard]] Result<Seat*> services();
  [[nodiscard]] Result<Seat*> fleet();
  template <typename Make>
  [[nodiscard]] Result<Seat*> taken(Seat& seat, Make make);
  void take(Seat& seat, std::unique_ptr<Runner> runner);
  void leave(Seat& seat);
  [[nodiscard]] Result<void> watch(Seat& seat);
  template <typename Body>
  bool for_all(Body body) const;
  template <typename Body>
  bool for_ready(Body body) const;
  void let_go_of_retired();

  const ExecutorOptions options_;
  Seat commands_;
  Seat unattended_;  ///< with open_queues()
  Seat service_;     ///< a ServiceRunner, with the first call of a program with via=service
  Seat fleet_;       ///< with the first call of a program with via=nats
  std::map<const program::Program*, std::unique_ptr<Known>> programs_;
  std::vector<std::unique_ptr<Known>> retired_;
  std::vector<Runner*> runners_;              ///< by key; nullptr: the key is free
  std::optional<process::WatchSet> watches_;  ///< with open()
  process::WatchSet::Ready ready_;            ///< what the last step() was about
};

}  // namespace kamexec::engine

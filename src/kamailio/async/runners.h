// SPDX-License-Identifier: GPL-2.0-or-later
// What runs the commands of one of the module's processes: a supervisor for those of the script
// that a transaction waits for, one for those that nobody waits for, one for each named program
// that is spawned, a pool for each that is pooled. One face for all of them.
#pragma once

#include <poll.h>

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "base/error.h"
#include "kamailio/async/job.h"
#include "kamailio/programs/program_run.h"
#include "pool/pool.h"
#include "process/supervisor.h"

namespace kamexec {

/// One process and one thread use it. Completions come from step() and run_until() alone.
class Runners {
 public:
  /// Called once for each job that was taken.
  using Completion = std::function<void(RunResult)>;
  /// Ends the job it was given for; nothing where that is over.
  using Cancel = std::function<void()>;

  /// Of commands without a name, by Waiter.
  using Commands = std::array<std::unique_ptr<Supervisor>, kWaiters>;

  explicit Runners(Commands commands) : commands_(std::move(commands)) {}

  /// Has the pools of programs that the configuration calls asynchronously start their workers,
  /// ahead of the first call.
  void start_pools();

  /// Starts or queues the job, whose texts must live until it is over. The error says why not; what
  /// is thrown is shortage of memory, and nothing was taken.
  [[nodiscard]] tl::expected<Cancel, Outcome> submit(const AsyncJob& job, Completion completion);

  /// Adds what is to be watched for reading.
  void watch(std::vector<pollfd>& into) const;
  /// Handles what has happened, without waiting; then start_some() starts a few of what may run.
  /// false: one of them could not, for lack of memory. The others did.
  [[nodiscard]] bool look();
  [[nodiscard]] bool start_some();
  /// Ends all; true when nothing is left by @p until.
  void stop_until(TimePoint until);

 private:
  [[nodiscard]] Result<Supervisor*> supervisor_of(ProgramRun& run);
  template <typename Body>
  bool for_supervisors(Body body);

  Commands commands_;
  std::map<ProgramRun*, std::unique_ptr<Supervisor>> spawned_;
  std::map<ProgramRun*, Pool*> pooled_;  ///< theirs
};

}  // namespace kamexec

// SPDX-License-Identifier: GPL-2.0-or-later
// One way to run Invocations of one target.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "base/clock.h"
#include "engine/invocation.h"
#include "pool/pool.h"
#include "process/outcome.h"
#include "process/run.h"

namespace kamexec::engine {

/// Called once for each Invocation that was taken.
using Completion = std::function<void(process::RunResult)>;
/// Ends the Invocation it was given for; nothing where that is over. Must not be called any more
/// when the runner is gone (Executor::retire()).
using Cancel = std::function<void()>;

/// What one process has under way of one target: for whoever shows it.
struct RunnerFigures {
  std::size_t running = 0;  ///< calls that a process or a worker has
  std::size_t queued = 0;   ///< calls that wait
  // Of workers; all zero and empty where there are none.
  pool::PoolGauges workers{};
  pool::PoolCounters counters{};
  std::vector<pool::Pool::WorkerInfo> each{};  ///< oldest first
  std::string last_fault{};                    ///< Pool::last_fault()
};

/// Behind the Executor, which chooses it: a process for each call, or workers. One process and one
/// thread use it. Completions come from step() and run_until() alone, or from run() where the same
/// workers serve both.
class Runner {
 public:
  Runner() = default;
  virtual ~Runner() = default;
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;

  /// Which parts of a request are of use.
  [[nodiscard]] virtual Needs needs() const = 0;

  /// Runs it and waits for its end.
  virtual void run(const Invocation& invocation, process::RunResult& result) = 0;

  /// Starts or queues it. The error says why not; what is thrown is shortage of memory, and nothing
  /// was taken.
  [[nodiscard]] virtual tl::expected<Cancel, process::Outcome> submit(const Invocation& invocation,
                                                                      Completion completion) = 0;

  // Of what was submitted:

  /// Makes what submit() and fd() need, where it isn't there yet.
  [[nodiscard]] virtual Result<void> open() = 0;
  /// Readable when step() has something to do. The same one for as long as the runner lives, once
  /// open() has succeeded; before, it may be -1.
  [[nodiscard]] virtual int fd() const = 0;
  /// Whether step() is wanted though fd() isn't readable: another process has asked for something.
  [[nodiscard]] virtual bool is_asked() const { return false; }
  /// Handles what has happened, without waiting.
  virtual void step(TimePoint now) = 0;
  /// Starts a few of what may run. Called after a step() alone, so that whoever has more to start
  /// keeps fd() readable.
  virtual void start_some() = 0;
  /// Something that was submitted isn't over, or its completion not called yet.
  [[nodiscard]] virtual bool has_calls() const = 0;
  /// What lives on between calls is here still, such as workers.
  [[nodiscard]] virtual bool has_workers() const { return false; }
  [[nodiscard]] virtual RunnerFigures figures() const = 0;
  /// Ends all of it, and refuses what comes; where nothing is under way, an end in good order.
  virtual void stop_all() = 0;
  /// Steps until nothing is left, but not past @p until.
  virtual void run_until(TimePoint until) = 0;
};

}  // namespace kamexec::engine

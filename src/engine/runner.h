// SPDX-License-Identifier: GPL-2.0-or-later
// One way to run Invocations of one target.
#pragma once

#include <functional>

#include <tl/expected.hpp>

#include "base/clock.h"
#include "engine/invocation.h"
#include "process/outcome.h"
#include "process/run.h"

namespace kamexec::engine {

/// Called once for each Invocation that was taken.
using Completion = std::function<void(process::RunResult)>;
/// Ends the Invocation it was given for; nothing where that is over.
using Cancel = std::function<void()>;

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

  /// To be watched for reading; -1: there is nothing to be watched.
  [[nodiscard]] virtual int fd() const = 0;
  /// Handles what has happened, without waiting.
  virtual void step(TimePoint now) = 0;
  /// Starts a few of what may run.
  virtual void start_some() = 0;
  /// Ends all of it, and refuses what comes.
  virtual void stop_all() = 0;
  /// Steps until nothing is left, but not past @p until.
  virtual void run_until(TimePoint until) = 0;
};

}  // namespace kamexec::engine

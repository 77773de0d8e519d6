// SPDX-License-Identifier: GPL-2.0-or-later
// Runs the programs of stored notifications: one attempt each time, by the Executor.
#pragma once

#include <functional>
#include <list>
#include <string>
#include <utility>
#include <vector>

#include "daemon/call.h"
#include "daemon/dispatcher.h"
#include "daemon/served_programs.h"
#include "engine/executor.h"
#include "process/run.h"
#include "stored/notification.h"

namespace kamexec::daemon {

/// What a run has made of an attempt. A run that never began doesn't count as one, but where the
/// notification itself is the reason: it is too long.
[[nodiscard]] AttemptEnd end_of(const process::RunResult& result, stored::WallTime at);

/// Not thread-safe.
class Attempts {
 public:
  using Ended = std::function<void(std::string key, const process::RunResult& result)>;

  /// @p executor must outlive the use of this; @p ended is called once for each begin(), by the
  /// executor's step() or by deliver().
  Attempts(engine::Executor& executor, Ended ended);

  /// @p notification is copied. @p key: by which its end is told.
  void begin(const ServedProgramPtr& program, const stored::Notification& notification,
             std::string key);
  /// Tells of those that were over at once.
  void deliver();
  [[nodiscard]] bool has_more() const { return !over_.empty(); }

 private:
  struct Attempt {
    std::list<Attempt>::iterator place{};
    std::string key;
    Call call;
  };
  [[nodiscard]] tl::expected<void, process::Outcome> submit(
      Attempt& attempt, const stored::Notification& notification);
  void has_run(Attempt& attempt, const process::RunResult& result);

  engine::Executor& executor_;
  Ended ended_;
  std::list<Attempt> running_;
  std::vector<std::pair<std::string, process::RunResult>> over_;
};

}  // namespace kamexec::daemon

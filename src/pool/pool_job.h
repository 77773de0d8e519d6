// SPDX-License-Identifier: GPL-2.0-or-later
// Inside pool*.cpp: one submitted request.
#pragma once

#include <optional>

#include "pool/pool.h"

namespace kamexec {

struct Pool::Job {
  JobId id = 0;
  TimePoint requested{};
  TimePoint deadline = kNoDeadline;
  Breaker::Pass pass = Breaker::Pass::yes;
  int failed_writes = 0;
  bool cancelled = false;
  bool finished = false;
  WorkerNumber worker = 0;                     ///< that has it; 0: none
  std::optional<WorkerRequestCopy> request{};  ///< of one that waits
  Completion completion{};
  RunResult result{};
};

}  // namespace kamexec

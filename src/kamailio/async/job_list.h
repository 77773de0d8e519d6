// SPDX-License-Identifier: GPL-2.0-or-later
// The asynchronous calls that run or wait, for whoever asks (RPC): a list through their blocks in
// shared memory, under a lock of all processes.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/error.h"
#include "kamailio/async/job.h"
#include "kamailio/host/host_lock.h"

namespace kamexec::module {

/// One call as it stood when it was looked at.
struct JobView {
  AsyncId id = 0;
  KamexecFunction function = KAMEXEC_CMD;
  Waiter waiter = Waiter::nobody;
  std::string label;
  std::int64_t age_ms = 0;
  std::int64_t timeout_ms = 0;
  std::size_t bytes = 0;  ///< of shared memory
};

class JobList {
 public:
  /// Before the server forks.
  [[nodiscard]] static Result<JobList> create();

  void add(AsyncJob& job);
  void remove(AsyncJob& job);
  /// At most @p most of them, the oldest first.
  [[nodiscard]] std::vector<JobView> look(std::size_t most) const;
  /// Whether a call with that id runs or waits.
  [[nodiscard]] bool has(AsyncId id) const;

 private:
  struct Ends {
    AsyncJob* first = nullptr;
    AsyncJob* last = nullptr;
  };

  HostLock* lock_ = nullptr;
  Ends* ends_ = nullptr;  ///< in shared memory
};

}  // namespace kamexec::module

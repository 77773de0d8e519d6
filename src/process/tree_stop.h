// SPDX-License-Identifier: GPL-2.0-or-later
// How a tree of processes is ended: SIGTERM, a grace, SIGKILL, until none is left. A state machine
// that never waits: its owner calls it when it asks to be called.
#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "process/process_table.h"
#include "process/process_tree.h"
#include "process/program_start.h"

namespace kamexec::process {

/// Not thread-safe.
class TreeStop {
 public:
  /// SIGTERM to all, and SIGCONT so that a stopped one can act on it. Of a tree with a control
  /// group all are those in the group, and /proc isn't searched.
  void begin(const TreeRoot& root, const StopPolicy& policy, TimePoint now, ProcessTable& table);

  /// Goes on: to be called at wake_at(), and when the direct child has ended. @p table must be a
  /// picture taken after the last call.
  void proceed(const TreeRoot& root, bool root_ended, TimePoint now, ProcessTable& table);

  /// When proceed() is wanted next.
  [[nodiscard]] TimePoint wake_at(bool root_ended) const;

  [[nodiscard]] bool begun() const { return phase_ != Phase::idle; }
  [[nodiscard]] bool finished() const { return phase_ == Phase::finished; }
  /// Finished with something still alive: it may not be signalled, or the kernel doesn't let it go.
  [[nodiscard]] bool left_some() const { return left_some_; }
  /// Why what has left the direct child's process group could not all be found; empty: it was.
  [[nodiscard]] const std::string& blind() const { return blind_; }

 private:
  enum class Phase { idle, terminating, killing, finished };

  std::vector<ProcessEntry> find_members(const TreeRoot& root, ProcessTable& table);
  void check_cgroup(const TreeRoot& root, bool root_ended, TimePoint now);
  void check_for_early_end(const TreeRoot& root, TimePoint now, ProcessTable& table);
  void kill_round(const TreeRoot& root, bool root_ended, TimePoint now, ProcessTable& table);
  bool freeze(const TreeRoot& root, const std::vector<ProcessEntry>& members);
  void found(std::size_t members, TimePoint now);
  void wait_longer(TimePoint now);

  Phase phase_ = Phase::idle;
  TimePoint kill_at_ = kNoDeadline;
  TimePoint give_up_at_ = kNoDeadline;
  TimePoint freeze_until_ = kNoDeadline;
  TimePoint next_check_{};
  std::chrono::milliseconds pause_{1};
  int empty_pictures_ = 0;
  KnownProcesses known_;
  KnownProcesses frozen_;
  bool left_some_ = false;
  std::string blind_;  // of the last picture
};

}  // namespace kamexec::process

// SPDX-License-Identifier: GPL-2.0-or-later
// The control group of one run, or of one worker: its program is started in it, and nothing that
// it starts leaves it unless it may change control groups itself.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/unique_fd.h"
#include "process/cgroup_parent.h"

namespace kamexec::process {

/// Move-only. Used by one thread of the process that made it; in a forked child it may only be
/// destroyed, which does nothing.
class RunCgroup {
 public:
  /// What is to become of processes that are still in it.
  enum class Rest {
    ends,   ///< they were killed, or are now
    stays,  ///< jobs in the background of a run that is over
  };

  /// Makes a group below @p parent, limited as that says, or takes one that is empty since its last
  /// run. The error says what failed.
  [[nodiscard]] static Result<RunCgroup> create(std::shared_ptr<const CgroupParent> parent);

  /// As end(Rest::ends).
  ~RunCgroup();
  RunCgroup(RunCgroup&& other) noexcept = default;
  RunCgroup& operator=(RunCgroup&& other) noexcept;
  RunCgroup(const RunCgroup&) = delete;
  RunCgroup& operator=(const RunCgroup&) = delete;

  /// Its directory, for clone3(2).
  [[nodiscard]] int fd() const { return directory_.get(); }

  /// Signals each process that is right in the group. One that is started meanwhile may be missed.
  void signal_all(int signal) const;
  /// SIGKILL to all that is in it, and to what that starts meanwhile (cgroup.kill).
  void kill_all() const;
  /// It isn't kept for another run.
  void spoil() const { is_spoilt_ = true; }
  /// Whether a process lives in it.
  [[nodiscard]] bool populated() const;
  /// Why a process of it has been ended by the kernel, in words; empty: none has, for all that is
  /// known.
  [[nodiscard]] std::string kernels_reason() const;

  /// The run is over: the group is kept for the next one if nothing of this one is in it, else
  /// removed, now or, while something lives in it, later (remove_ended_cgroups()). Nothing else may
  /// be called any more.
  void end(Rest rest) noexcept;

 private:
  RunCgroup(std::shared_ptr<const CgroupParent> parent, std::string name, UniqueFd directory);

  [[nodiscard]] bool is_as_new() const;

  std::shared_ptr<const CgroupParent> parent_;
  std::string name_;
  UniqueFd directory_;
  pid_t owner_ = 0;
  mutable bool is_spoilt_ = false;
};

/// Removes groups that had still processes at the end of their run, and have none any more: some of
/// them at each call. Every create() calls it. Any thread.
void remove_ended_cgroups() noexcept;
/// The same with all of them: at the end of a host.
void remove_all_ended_cgroups() noexcept;

}  // namespace kamexec::process

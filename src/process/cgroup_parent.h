// SPDX-License-Identifier: GPL-2.0-or-later
// The control group below which each run of a program gets one of its own, and what those are
// limited to: as cgroup_preparation.h makes it ready.
#pragma once

#include <sys/types.h>

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/unique_fd.h"
#include "process/containment.h"

namespace kamexec::process {

/// One file of a control group, and what is written to it.
struct CgroupSetting {
  const char* file = "";
  std::string text;
  bool may_be_missing = false;  ///< where the kernel has no such file there is nothing to limit
  const char* attribute = "";   ///< of the definition, for messages
};

/// What @p limits are in the kernel's terms.
[[nodiscard]] std::vector<CgroupSetting> cgroup_settings(const CgroupLimits& limits);
/// The controllers that it takes: "memory", "pids", "cpu".
[[nodiscard]] std::vector<std::string_view> cgroup_controllers(const CgroupLimits& limits);

/// A control group of version 2. The error says what is no such.
[[nodiscard]] Result<UniqueFd> open_parent(const std::string& path);

/// An empty group of a run that is over, for the next one: to make and remove one costs a tenth of
/// a program's start.
struct KeptCgroup {
  std::string name;
  UniqueFd directory;
  pid_t owner = 0;        ///< which of the host's processes it is for
  TimePoint free_from{};  ///< until then the last run's use of the processor counts
};

/// Shared by all runs of one program; a host forks with it. Constant once it is made, but for the
/// groups that are kept.
class CgroupParent {
 public:
  /// Removes the groups that this process has kept.
  ~CgroupParent();
  CgroupParent(const CgroupParent&) = delete;
  CgroupParent& operator=(const CgroupParent&) = delete;

  /// The error: @p path is no group of version 2 that can be opened.
  [[nodiscard]] static Result<std::shared_ptr<const CgroupParent>> open(const std::string& path,
                                                                        const CgroupLimits& limits);

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] int fd() const { return directory_.get(); }
  [[nodiscard]] const std::vector<CgroupSetting>& settings() const { return settings_; }

  /// Keeps @p group for the next run; without room it is removed. Any thread.
  void keep(KeptCgroup group) const noexcept;
  /// Gives a group that was kept, and has nothing of its last run any more; one without a name:
  /// there is none. Any thread.
  [[nodiscard]] KeptCgroup take_kept() const;

 private:
  CgroupParent() = default;

  std::string path_;
  UniqueFd directory_;
  std::vector<CgroupSetting> settings_;
  mutable std::mutex kept_mutex_;
  mutable std::vector<KeptCgroup> kept_;
};

}  // namespace kamexec::process

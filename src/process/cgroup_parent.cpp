// SPDX-License-Identifier: GPL-2.0-or-later
#include "process/cgroup_parent.h"

#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include <cerrno>

#include "process/cgroup_files.h"

namespace kamexec::process {
namespace {

constexpr long kCgroup2Magic = 0x63677270;  // linux/magic.h, CGROUP2_SUPER_MAGIC
// cgroup-v2.rst, "CPU Interface Files": a quota of each period, both in microseconds.
constexpr unsigned kCpuPeriod = 100'000;
// As many as run at once in one process of a server; a descriptor each.
constexpr std::size_t kMostKept = 8;

}  // namespace

Result<UniqueFd> open_parent(const std::string& path) {
  UniqueFd group = open_cgroup(path);
  if (!group.valid()) {
    return system_failure("can't open the control group " + in_quotes(path), errno);
  }
  struct statfs system = {};
  if (::fstatfs(group.get(), &system) < 0 || system.f_type != kCgroup2Magic) {
    return failure(in_quotes(path) +
                   " is no control group of version 2: write auto, or a directory below where "
                   "cgroup2 is mounted (findmnt -t cgroup2)");
  }
  return group;
}

std::vector<CgroupSetting> cgroup_settings(const CgroupLimits& limits) {
  std::vector<CgroupSetting> settings;
  if (limits.memory_bytes) {
    settings.push_back({"memory.max", std::to_string(*limits.memory_bytes), false, "memory_total"});
    // What is swapped out is memory too, and slow.
    settings.push_back({"memory.swap.max", "0", true, "memory_total"});
  }
  if (limits.processes) {
    settings.push_back({"pids.max", std::to_string(*limits.processes), false, "processes_total"});
  }
  if (limits.cpu_percent) {
    settings.push_back({"cpu.max",
                        std::to_string(std::uint64_t{*limits.cpu_percent} * (kCpuPeriod / 100)) +
                            " " + std::to_string(kCpuPeriod),
                        false, "cpu_total"});
  }
  return settings;
}

std::vector<std::string_view> cgroup_controllers(const CgroupLimits& limits) {
  std::vector<std::string_view> controllers;
  const auto add = [&controllers](bool wanted, std::string_view controller) {
    if (wanted) {
      controllers.push_back(controller);
    }
  };
  add(limits.memory_bytes.has_value(), "memory");
  add(limits.processes.has_value(), "pids");
  add(limits.cpu_percent.has_value(), "cpu");
  return controllers;
}

CgroupParent::~CgroupParent() {
  for (const KeptCgroup& group : kept_) {
    if (group.owner == ::getpid()) {
      static_cast<void>(remove_cgroup(fd(), group.name.c_str()));
    }
  }
}

void CgroupParent::keep(KeptCgroup group) const noexcept {
  // Should a fork have caught another thread in here, the lock is held for ever: never wait.
  std::unique_lock lock(kept_mutex_, std::try_to_lock);
  if (lock.owns_lock() && kept_.size() < kMostKept) {
    try {
      kept_.push_back(std::move(group));
      return;
    } catch (const std::bad_alloc&) {
      // push_back has taken nothing.
    }
  }
  static_cast<void>(remove_cgroup(fd(), group.name.c_str()));
}

KeptCgroup CgroupParent::take_kept() const {
  const std::unique_lock lock(kept_mutex_, std::try_to_lock);
  if (!lock.owns_lock()) {
    return {};
  }
  const TimePoint now = Clock::now();
  const auto found = std::find_if(kept_.begin(), kept_.end(), [now](const KeptCgroup& group) {
    return group.owner == ::getpid() && group.free_from <= now;
  });
  if (found == kept_.end()) {
    return {};
  }
  KeptCgroup group = std::move(*found);
  kept_.erase(found);
  return group;
}

Result<std::shared_ptr<const CgroupParent>> CgroupParent::open(const std::string& path,
                                                               const CgroupLimits& limits) {
  Result<UniqueFd> directory = open_parent(path);
  if (!directory) {
    return tl::unexpected<Error>(std::move(directory.error()));
  }
  const std::shared_ptr<CgroupParent> made(new CgroupParent);
  made->path_ = path;
  made->directory_ = std::move(*directory);
  made->settings_ = cgroup_settings(limits);
  return std::shared_ptr<const CgroupParent>(made);
}

}  // namespace kamexec::process

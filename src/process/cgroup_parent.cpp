// SPDX-License-Identifier: GPL-2.0-or-later
#include "process/cgroup_parent.h"

#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include <cerrno>

#include "process/cgroup_delegation.h"
#include "process/cgroup_files.h"
#include "process/cgroup_place.h"
#include "process/cgroup_sweep.h"
#include "process/run_cgroup.h"
#include "process/spawn.h"

namespace kamexec::process {
namespace {

constexpr long kCgroup2Magic = 0x63677270;  // linux/magic.h, CGROUP2_SUPER_MAGIC
// cgroup-v2.rst, "CPU Interface Files": a quota of each period, both in microseconds.
constexpr unsigned kCpuPeriod = 100'000;
// As many as run at once in one process of a server; a descriptor each.
constexpr std::size_t kMostKept = 8;

std::string quoted(std::string_view path) {
  return "\"" + std::string(path) + "\"";
}

/// "memory_total", and so on: which of @p limits takes @p controller.
const char* attribute_of(std::string_view controller) {
  return controller == "memory" ? "memory_total"
         : controller == "pids" ? "processes_total"
                                : "cpu_total";
}

Result<UniqueFd> open_group(const std::string& path) {
  UniqueFd group = open_cgroup(path);
  if (!group.valid()) {
    return system_failure("can't open the control group " + quoted(path), errno);
  }
  struct statfs system = {};
  if (::fstatfs(group.get(), &system) < 0 || system.f_type != kCgroup2Magic) {
    return failure(quoted(path) +
                   " is no control group of version 2: write auto, or a directory below where "
                   "cgroup2 is mounted (findmnt -t cgroup2)");
  }
  return group;
}

Result<void> check_controllers(int group, const std::string& path, const CgroupLimits& limits) {
  const Result<std::string> there = read_cgroup_file(group, "cgroup.controllers");
  for (const std::string_view controller : cgroup_controllers(limits)) {
    if (!there || !has_word(*there, controller)) {
      return failure(std::string(attribute_of(controller)) + " takes the controller " +
                     std::string(controller) + ", which " + quoted(path) + " does not have (" +
                     (there && !there->empty() ? *there : std::string("none")) +
                     "): let its service delegate it (systemd: Delegate=yes), boot with control "
                     "groups of version 2 alone, or remove " +
                     attribute_of(controller));
    }
  }
  return {};
}

/// A group is made, limited, started into, killed and removed: what can't be done is said now.
Result<void> try_out(const std::shared_ptr<const CgroupParent>& parent) {
  Result<RunCgroup> group = RunCgroup::create(parent);
  if (!group) {
    return tl::unexpected<Error>(std::move(group.error()));
  }
  if (::faccessat(group->fd(), "cgroup.kill", F_OK, 0) < 0) {
    return failure("this kernel can't kill a control group as a whole, which came with Linux 5.14");
  }
  group->spoil();
  return try_cgroup(group->fd());
}

}  // namespace

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

Result<void> CgroupParent::check(const std::string& where, const CgroupLimits& limits) {
  std::string path = where;
  if (where == kAuto) {
    // The server may be started elsewhere than this process: what the whole mount has not is
    // missing there too.
    Result<CgroupPlace> place = own_cgroup_place();
    if (!place) {
      return tl::unexpected<Error>(std::move(place.error()));
    }
    path = std::move(place->mount);
  }
  const Result<UniqueFd> group = open_group(path);
  return group ? check_controllers(group->get(), path, limits)
               : tl::unexpected<Error>(group.error());
}

Result<std::shared_ptr<const CgroupParent>> CgroupParent::prepare(const std::string& where,
                                                                  const CgroupLimits& limits) {
  const std::shared_ptr<CgroupParent> made(new CgroupParent);
  const bool is_ours = where == kAuto;
  made->path_ = where;
  if (is_ours) {
    Result<std::string> found = delegated_to_us();
    if (!found) {
      return tl::unexpected<Error>(std::move(found.error()));
    }
    made->path_ = std::move(*found);
  }
  Result<UniqueFd> directory = open_group(made->path_);
  if (!directory) {
    return tl::unexpected<Error>(std::move(directory.error()));
  }
  made->directory_ = std::move(*directory);
  made->settings_ = cgroup_settings(limits);
  if (Result<void> checked = check_controllers(made->fd(), made->path_, limits); !checked) {
    return tl::unexpected<Error>(std::move(checked.error()));
  }
  const Result<void> enabled = enable_controllers(
      made->fd(), made->path_, cgroup_controllers(limits), is_ours ? kHostGroup : nullptr);
  if (!enabled) {
    return tl::unexpected<Error>(enabled.error());
  }
  remove_abandoned_cgroups(made->fd());
  if (const Result<void> tried = try_out(made); !tried) {
    return tl::unexpected<Error>(tried.error());
  }
  return std::shared_ptr<const CgroupParent>(made);
}

}  // namespace kamexec::process

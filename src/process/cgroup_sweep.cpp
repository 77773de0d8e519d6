// SPDX-License-Identifier: GPL-2.0-or-later
#include "process/cgroup_sweep.h"

#include <sys/file.h>
#include <sys/xattr.h>

#include <ctime>
#include <string>
#include <utility>
#include <vector>

#include <cerrno>

#include "base/clock.h"
#include "base/unique_fd.h"
#include "process/cgroup_files.h"
#include "process/cgroup_name.h"
#include "process/process_table.h"

namespace kamexec::process {
namespace {

constexpr std::chrono::milliseconds kPatience{1000};
constexpr timespec kPause{0, 2'000'000};

/// The process that has made it, or what looks like it.
bool owner_lives(const CgroupName& name) {
  const auto owner = read_process(name.pid);
  return owner && owner->alive && owner->started <= name.not_before;
}

bool is_over(int group) {
  char value[2] = {};
  return ::fgetxattr(group, kCgroupIsOver, value, sizeof value) > 0;
}

}  // namespace

std::size_t remove_abandoned_cgroups(int parent) {
  std::vector<std::string> killed;
  std::size_t found = 0;
  for (std::string& text : groups_below(parent, kCgroupPrefix)) {
    CgroupName name;
    if (!read_cgroup_name(text, name) || owner_lives(name)) {
      continue;
    }
    const UniqueFd group = open_cgroup(parent, text.c_str());
    // Who holds the lock lives, though its number may mean nothing here (pid_namespaces(7)).
    if (!group.valid() || ::flock(group.get(), LOCK_EX | LOCK_NB) < 0) {
      continue;
    }
    if (remove_cgroup(parent, text.c_str()) == 0) {
      ++found;
    } else if (!is_over(group.get())) {
      ++found;
      static_cast<void>(write_cgroup_file(group.get(), "cpu.max", "max"));
      static_cast<void>(write_cgroup_file(group.get(), "cgroup.kill", "1"));
      killed.push_back(std::move(text));
    }
  }
  for (const TimePoint until = after(Clock::now(), kPatience);
       !killed.empty() && Clock::now() < until;) {
    std::erase_if(killed, [parent](const std::string& name) {
      return remove_cgroup(parent, name.c_str()) != EBUSY;
    });
    if (!killed.empty()) {
      ::nanosleep(&kPause, nullptr);
    }
  }
  return found;
}

}  // namespace kamexec::process

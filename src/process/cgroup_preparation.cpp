// SPDX-License-Identifier: GPL-2.0-or-later
#include "process/cgroup_preparation.h"

#include <fcntl.h>
#include <unistd.h>

#include <utility>

#include "process/cgroup_delegation.h"
#include "process/cgroup_files.h"
#include "process/cgroup_name.h"
#include "process/cgroup_place.h"
#include "process/cgroup_sweep.h"
#include "process/run_cgroup.h"
#include "process/spawn.h"

namespace kamexec::process {
namespace {

/// "memory_total", and so on: which of @p limits takes @p controller.
const char* attribute_of(std::string_view controller) {
  return controller == "memory" ? "memory_total"
         : controller == "pids" ? "processes_total"
                                : "cpu_total";
}

Result<void> check_controllers(int group, const std::string& path, const CgroupLimits& limits) {
  const Result<std::string> there = read_cgroup_file(group, "cgroup.controllers");
  for (const std::string_view controller : cgroup_controllers(limits)) {
    if (!there || !has_word(*there, controller)) {
      return failure(std::string(attribute_of(controller)) + " takes the controller " +
                     std::string(controller) + ", which " + "\"" + path + "\"" +
                     " does not have (" +
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

Result<void> check_cgroups(const std::string& where, const CgroupLimits& limits) {
  std::string path = where;
  if (where == kOwnCgroup) {
    // The server may be started elsewhere than this process: what the whole mount has not is
    // missing there too.
    Result<CgroupPlace> place = own_cgroup_place();
    if (!place) {
      return tl::unexpected<Error>(std::move(place.error()));
    }
    path = std::move(place->mount);
  }
  const Result<UniqueFd> group = open_parent(path);
  return group ? check_controllers(group->get(), path, limits)
               : tl::unexpected<Error>(group.error());
}

Result<std::shared_ptr<const CgroupParent>> prepare_cgroups(const std::string& where,
                                                            const CgroupLimits& limits) {
  const bool is_ours = where == kOwnCgroup;
  const Result<std::string> path = is_ours ? delegated_to_us() : Result<std::string>(where);
  if (!path) {
    return tl::unexpected<Error>(path.error());
  }
  Result<std::shared_ptr<const CgroupParent>> made = CgroupParent::open(*path, limits);
  if (!made) {
    return made;
  }
  const int group = (*made)->fd();
  Result<void> done = check_controllers(group, *path, limits);
  if (done) {
    done = enable_controllers(group, *path, cgroup_controllers(limits),
                              is_ours ? kHostCgroup : nullptr);
  }
  if (done) {
    remove_abandoned_cgroups(group);
    done = try_out(*made);
  }
  if (!done) {
    return tl::unexpected<Error>(std::move(done.error()));
  }
  return made;
}

}  // namespace kamexec::process

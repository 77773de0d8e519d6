// SPDX-License-Identifier: GPL-2.0-or-later
#include <linux/capability.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <set>

#include "base/error.h"
#include "process/cgroup_preparation.h"
#include "process/sandbox.h"
#include "program/resolved_program.h"

namespace kamexec::program {
namespace {

/// capget(2): what the kernel asks for, whoever we are. Root in a container may lack any of them,
/// and a service that is not root may have some.
bool has_capability(int capability) {
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2] = {};
  if (::syscall(SYS_capget, &header, data) < 0) {
    return ::geteuid() == 0;
  }
  return (data[CAP_TO_INDEX(capability)].effective & CAP_TO_MASK(capability)) != 0;
}

/// Whether the calling process has all of @p identity's ids already: root's capabilities would be
/// needed to set even the same groups.
bool is_current(const process::Identity& identity) {
  uid_t users[3] = {};
  gid_t groups[3] = {};
  if (::getresuid(&users[0], &users[1], &users[2]) < 0 ||
      ::getresgid(&groups[0], &groups[1], &groups[2]) < 0) {
    return false;
  }
  const auto is_user = [&](uid_t id) { return id == identity.user; };
  const auto is_group = [&](gid_t id) { return id == identity.group; };
  if (!std::all_of(std::begin(users), std::end(users), is_user) ||
      !std::all_of(std::begin(groups), std::end(groups), is_group)) {
    return false;
  }
  const int count = ::getgroups(0, nullptr);
  std::vector<gid_t> now(static_cast<std::size_t>(std::max(count, 0)));
  if (count < 0 || ::getgroups(count, now.data()) != count) {
    return false;
  }
  std::set<gid_t> have(now.begin(), now.end());
  std::set<gid_t> wanted(identity.supplementary.begin(), identity.supplementary.end());
  have.insert(identity.group);
  wanted.insert(identity.group);
  return have == wanted;
}

Result<void> check_identity(std::optional<process::Identity>& identity) {
  if (identity && is_current(*identity)) {
    identity.reset();
  }
  if (!identity) {
    return {};
  }
  constexpr struct {
    int capability;
    const char* name;
  } kWanted[] = {{CAP_SETUID, "CAP_SETUID"}, {CAP_SETGID, "CAP_SETGID"}, {CAP_KILL, "CAP_KILL"}};
  for (const auto& [capability, name] : kWanted) {
    if (!has_capability(capability)) {
      return failure("user and group: this process, which runs as user " +
                     std::to_string(::geteuid()) + ", may not run programs as another (it lacks " +
                     name + "): remove them, or give it that capability");
    }
  }
  return {};
}

Result<void> check_limit(const char* attribute, decltype(RLIMIT_CPU) resource,
                         const std::optional<std::uint64_t>& wanted) {
  rlimit now = {};
  if (!wanted || ::getrlimit(resource, &now) < 0 || now.rlim_max == RLIM_INFINITY) {
    return {};
  }
  if (*wanted <= now.rlim_max || has_capability(CAP_SYS_RESOURCE)) {
    return {};
  }
  return failure(std::string(attribute) + ": " + std::to_string(*wanted) +
                 " is more than this process's own limit, " + std::to_string(now.rlim_max) +
                 ": write less, or raise the limit of its service");
}

Result<void> check_processes(const process::ResourceLimits& limits, const ResolvedProgram& place) {
  const uid_t user = place.identity ? place.identity->user : ::getuid();
  if (!limits.processes || user != 0) {
    return {};
  }
  return failure(
      "processes: the kernel does not enforce this limit for root: name a user, or remove it");
}

/// The kernel is asked by trying, as RLIMIT_NICE, the capability and a user namespace have a say
/// (setpriority(2)). It concerns this thread alone, and to go back is always allowed.
Result<void> check_nice(const std::optional<int>& wanted) {
  const int now = ::getpriority(PRIO_PROCESS, 0);
  if (!wanted || *wanted >= now) {
    return {};
  }
  if (::setpriority(PRIO_PROCESS, 0, *wanted) == 0) {
    ::setpriority(PRIO_PROCESS, 0, now);
    return {};
  }
  // With its sign, by which systemd tells a nice value from a limit's number.
  const std::string text = (*wanted < 0 ? "" : "+") + std::to_string(*wanted);
  return failure("nice: this process, which runs as user " + std::to_string(::geteuid()) +
                 " with the nice value " + std::to_string(now) +
                 ", may not give programs the nice value " + std::to_string(*wanted) + ": write " +
                 std::to_string(now) + " or more, or allow it in its service (systemd: LimitNICE=" +
                 text + ", or AmbientCapabilities=CAP_SYS_NICE)");
}

/// The server may have become that user since the configuration was loaded.
Result<void> check_own_user(const ResolvedProgram& place) {
  if (place.sandbox == nullptr || !place.sandbox->relies_on_user() || place.identity) {
    return {};
  }
  return failure(
      "user: sandbox keeps the program's signals from this process by its user, as the "
      "kernel has no Landlock ABI 6, and this process runs as that user, too: name "
      "another user, or remove signals from sandbox");
}

Result<void> prepare_cgroup(const ProgramDefinition& program, ResolvedProgram& place) {
  if (program.cgroup.empty() || place.cgroup != nullptr) {
    return {};
  }
  auto prepared = process::prepare_cgroups(program.cgroup, program.cgroup_limits);
  if (!prepared) {
    return failure("cgroup: " + prepared.error().message);
  }
  place.cgroup = std::move(*prepared);
  return {};
}

}  // namespace

std::vector<Mistake> check_permission(const ProgramDefinition& program, ResolvedProgram& place) {
  const process::ResourceLimits& limits = program.limits;
  const struct {
    const char* attribute;
    Result<void> result;
  } checks[] = {
      {program.user.empty() ? "group" : "user", check_identity(place.identity)},
      {"cpu", check_limit("cpu", RLIMIT_CPU, limits.cpu_seconds)},
      {"memory", check_limit("memory", RLIMIT_AS, limits.memory_bytes)},
      {"files", check_limit("files", RLIMIT_NOFILE, limits.files)},
      {"processes", check_limit("processes", RLIMIT_NPROC, limits.processes)},
      {"processes", check_processes(limits, place)},
      {"nice", check_nice(program.nice)},
      {"user", check_own_user(place)},
  };
  std::vector<Mistake> mistakes;
  for (const auto& [attribute, result] : checks) {
    if (!result) {
      mistakes.push_back({attribute, result.error().message});
    }
  }
  // The one that changes something: not for a program that can't be started anyhow.
  if (mistakes.empty()) {
    if (Result<void> prepared = prepare_cgroup(program, place); !prepared) {
      mistakes.push_back({"cgroup", std::move(prepared.error().message)});
    }
  }
  return mistakes;
}

}  // namespace kamexec::program

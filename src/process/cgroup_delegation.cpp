// SPDX-License-Identifier: GPL-2.0-or-later
#include "process/cgroup_delegation.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <optional>

#include <cerrno>

#include "process/cgroup_files.h"
#include "process/cgroup_name.h"
#include "process/cgroup_place.h"

namespace kamexec::process {
namespace {

// A service may still start processes while we look.
constexpr int kMostRounds = 10;

constexpr const char* kDelegate =
    "start it as a service with Delegate=yes (systemctl edit), or give cgroup the full path of a "
    "control group that it may change";

bool is_root_of_all(int group) {
  // The one group without this file: nothing is above it that could say more.
  return ::faccessat(group, "cgroup.events", F_OK, 0) < 0 && errno == ENOENT;
}

/// Whether systemd has given the group to its service. It says so in an extended attribute, the
/// first of which only an administrator sees, the second only newer versions set.
enum class Delegation { yes, no, unknown };

bool sees_trusted_attributes() {
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2] = {};
  return ::syscall(SYS_capget, &header, data) == 0 &&
         (data[CAP_TO_INDEX(CAP_SYS_ADMIN)].effective & CAP_TO_MASK(CAP_SYS_ADMIN)) != 0;
}

Delegation delegation_of(int group) {
  for (const char* name : {"trusted.delegate", "user.delegate"}) {
    char value[2] = {};
    if (::fgetxattr(group, name, value, sizeof value) == 1 && value[0] == '1') {
      return Delegation::yes;
    }
  }
  struct stat status = {};
  const bool has_systemd = ::stat("/run/systemd/system", &status) == 0;
  return has_systemd && sees_trusted_attributes() ? Delegation::no : Delegation::unknown;
}

std::string above(const std::string& path) {
  return path.substr(0, path.rfind('/'));
}

std::string_view last_name(const std::string& path) {
  return std::string_view(path).substr(path.rfind('/') + 1);
}

bool is_unit(std::string_view name) {
  return name.ends_with(".service") || name.ends_with(".scope") || name.ends_with(".slice");
}

std::string text_of_link(const std::string& path) {
  char text[4096];
  const ssize_t size = ::readlink(path.c_str(), text, sizeof text);
  return size > 0 ? std::string(text, static_cast<std::size_t>(size)) : std::string();
}

std::string name_of(pid_t pid) {
  const UniqueFd process = open_cgroup("/proc/" + std::to_string(pid));
  const Result<std::string> name = read_cgroup_file(process.get(), "comm");
  return name ? *name : std::string();
}

/// A process of the host's own: it has forked us, as it does to become a daemon and to tell its
/// service manager when it is ready, or we have forked it.
bool runs_our_program(pid_t pid) {
  static const std::string kOurFile = text_of_link("/proc/self/exe");
  const std::string file = text_of_link("/proc/" + std::to_string(pid) + "/exe");
  if (!file.empty() && !kOurFile.empty()) {
    return file == kOurFile;
  }
  return name_of(pid) == name_of(::getpid());  // whose file another user may not see
}

/// All processes of the group are those of one service, or of one container.
bool is_all_ours(int group, const std::vector<pid_t>& processes) {
  if (delegation_of(group) == Delegation::yes) {
    return true;
  }
  // With a process 1 in it that is not of this host's root group, it is a container's.
  return std::find(processes.begin(), processes.end(), 1) != processes.end();
}

/// Moves what is right in @p group one group down. The error names who must not be moved.
Result<void> move_down(int group, const std::string& path, const char* host_group) {
  if (::mkdirat(group, host_group, 0755) < 0 && errno != EEXIST) {
    return system_failure("can't make the control group " + in_quotes(path + "/" + host_group),
                          errno);
  }
  const UniqueFd below = open_cgroup(group, host_group);
  const std::vector<pid_t> processes = processes_in(group);
  const bool all = is_all_ours(group, processes);
  for (const pid_t pid : processes) {
    if (!all && (pid == 0 || !runs_our_program(pid))) {
      const std::string who = pid == 0 ? std::string("one that can't be seen from here")
                                       : std::to_string(pid) + ", " + name_of(pid);
      return failure("limits below the control group " + in_quotes(path) +
                     " take one without processes, and one there is not this server's (" + who +
                     "): " + kDelegate);
    }
  }
  for (const pid_t pid : processes) {
    const int error = write_cgroup_file(below.get(), "cgroup.procs", std::to_string(pid));
    if (error != 0 && error != ESRCH) {
      return system_failure(
          "can't move process " + std::to_string(pid) + " to " + in_quotes(path + "/" + host_group),
          error);
    }
  }
  return {};
}

std::string as_change(const std::vector<std::string_view>& controllers) {
  std::string text;
  for (const std::string_view controller : controllers) {
    text += (text.empty() ? "+" : " +") + std::string(controller);
  }
  return text;
}

}  // namespace

Result<std::string> delegated_to_us() {
  Result<CgroupPlace> place = own_cgroup_place();
  if (!place) {
    return tl::unexpected<Error>(std::move(place.error()));
  }
  std::string path = std::move(place->directory);
  if (path != place->mount && last_name(path) == kHostCgroup) {
    path = above(path);
  }
  UniqueFd group = open_cgroup(path);
  if (path != place->mount && !is_unit(last_name(path)) &&
      delegation_of(group.get()) != Delegation::yes) {
    const std::string upper = above(path);
    UniqueFd upper_group = open_cgroup(upper);
    if (delegation_of(upper_group.get()) == Delegation::yes &&
        processes_in(upper_group.get()).empty()) {
      path = upper;
      group = std::move(upper_group);
    }
  }
  if (!group.valid()) {
    return system_failure("can't open the control group of this process, " + in_quotes(path),
                          errno);
  }
  if (place->read_only) {
    return failure("the control group of this process, " + in_quotes(path) +
                   ", is mounted read-only: mount it writable (podman run --security-opt "
                   "unmask=/sys/fs/cgroup, systemd: ProtectControlGroups=no), or remove cgroup");
  }
  if (::faccessat(group.get(), ".", W_OK, AT_EACCESS) < 0 ||
      ::faccessat(group.get(), "cgroup.procs", W_OK, AT_EACCESS) < 0) {
    return system_failure("the control group of this process, " + in_quotes(path) +
                              ", may not be changed by user " + std::to_string(::geteuid()) + ": " +
                              kDelegate,
                          errno);
  }
  // A group that is no unit's was made by somebody else, for this process or not.
  if (!is_root_of_all(group.get()) && is_unit(last_name(path)) &&
      delegation_of(group.get()) == Delegation::no) {
    return failure("the control group of this process, " + in_quotes(path) +
                   ", is systemd's, and not delegated: " + kDelegate);
  }
  return path;
}

Result<void> enable_controllers(int group, const std::string& path,
                                const std::vector<std::string_view>& controllers,
                                const char* host_group) {
  const auto all_enabled = [&] {
    const Result<std::string> enabled = read_cgroup_file(group, "cgroup.subtree_control");
    return enabled && std::all_of(controllers.begin(), controllers.end(),
                                  [&](std::string_view one) { return has_word(*enabled, one); });
  };
  if (controllers.empty()) {
    return {};
  }
  int error = 0;
  for (int round = 0; round < kMostRounds; ++round) {
    // Not only at EBUSY, with which memory is refused: the kernel enables cpu and pids above
    // processes, and then has no use for the groups below (cgroup-v2.rst, "Threads": "domain
    // invalid").
    const bool has_processes = !is_root_of_all(group) && !processes_in(group).empty();
    if (!has_processes && all_enabled()) {
      return {};
    }
    error = has_processes
                ? EBUSY
                : write_cgroup_file(group, "cgroup.subtree_control", as_change(controllers));
    if (error != EBUSY || host_group == nullptr) {
      break;
    }
    if (Result<void> moved = move_down(group, path, host_group); !moved) {
      return moved;
    }
  }
  if (error == 0) {
    return {};
  }
  if (error == EBUSY) {
    return failure("the control group " + in_quotes(path) +
                   " has processes of its own, and so no limits below it: name one that has none");
  }
  return system_failure("can't enable " + as_change(controllers) + " below the control group " +
                            in_quotes(path) + " (cgroup.subtree_control)",
                        error);
}

}  // namespace kamexec::process

// SPDX-License-Identifier: GPL-2.0-or-later
#include "process/cgroup_place.h"

#include <algorithm>
#include <iterator>

#include <cerrno>

#include "base/unique_fd.h"
#include "process/cgroup_files.h"

namespace kamexec::process {
namespace {

constexpr std::string_view kVersion2 = "0::";

std::string_view next_line(std::string_view& text) {
  const std::string_view line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(line.size() + 1, text.size()));
  return line;
}

std::vector<std::string_view> fields_of(std::string_view line) {
  std::vector<std::string_view> fields;
  while (!line.empty()) {
    const std::string_view field = line.substr(0, line.find(' '));
    fields.push_back(field);
    line.remove_prefix(std::min(field.size() + 1, line.size()));
  }
  return fields;
}

/// Blanks, tabs, line ends and backslashes stand in mountinfo as \ooo.
std::string unescaped(std::string_view text) {
  const auto is_octal = [](char c) { return c >= '0' && c <= '7'; };
  std::string plain;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '\\' && at + 3 < text.size() && is_octal(text[at + 1]) &&
        is_octal(text[at + 2]) && is_octal(text[at + 3])) {
      plain += static_cast<char>((text[at + 1] - '0') * 64 + (text[at + 2] - '0') * 8 +
                                 (text[at + 3] - '0'));
      at += 3;
    } else {
      plain += text[at];
    }
  }
  return plain;
}

bool has_option(std::string_view options, std::string_view wanted) {
  while (!options.empty()) {
    const std::string_view option = options.substr(0, options.find(','));
    if (option == wanted) {
      return true;
    }
    options.remove_prefix(std::min(option.size() + 1, options.size()));
  }
  return false;
}

/// Whether the group @p root is @p path or above it.
bool holds(std::string_view root, std::string_view path) {
  return root == "/" || path == root ||
         (path.size() > root.size() && path.starts_with(root) && path[root.size()] == '/');
}

std::string joined(std::string_view directory, std::string_view below) {
  std::string path(directory);
  if (!below.empty() && below != "/") {
    path += below;
  }
  return path;
}

}  // namespace

// "31 23 0:28 / /sys/fs/cgroup rw,relatime shared:9 - cgroup2 cgroup2 rw": number, parent, device,
// root, directory, options, optional fields, "-", type, source, options of the file system.
std::vector<CgroupMount> cgroup_mounts(std::string_view mountinfo) {
  constexpr std::size_t kRoot = 3;
  constexpr std::size_t kDirectory = 4;
  constexpr std::size_t kOptions = 5;
  std::vector<CgroupMount> mounts;
  while (!mountinfo.empty()) {
    const std::vector<std::string_view> fields = fields_of(next_line(mountinfo));
    if (fields.size() <= kOptions) {
      continue;
    }
    const auto separator = std::find(fields.begin() + kOptions, fields.end(), "-");
    if (std::distance(separator, fields.end()) < 4 || separator[1] != "cgroup2") {
      continue;
    }
    mounts.push_back({unescaped(fields[kRoot]), unescaped(fields[kDirectory]),
                      has_option(fields[kOptions], "ro") || has_option(separator[3], "ro")});
  }
  return mounts;
}

Result<CgroupPlace> cgroup_place(std::string_view mountinfo, std::string_view self_cgroup) {
  std::string_view path;
  while (!self_cgroup.empty()) {
    const std::string_view line = next_line(self_cgroup);
    if (line.starts_with(kVersion2)) {
      path = line.substr(kVersion2.size());
    }
  }
  const std::vector<CgroupMount> mounts = cgroup_mounts(mountinfo);
  if (path.empty() || mounts.empty()) {
    return failure(
        "no control groups of version 2 are mounted here: boot with "
        "systemd.unified_cgroup_hierarchy=1, mount them in the container, or remove cgroup");
  }
  if (path.starts_with("/..")) {
    return failure("this process is in a control group (" + std::string(path) +
                   ") outside of what its cgroup namespace shows: give the container a cgroup "
                   "namespace of its own");
  }
  const CgroupMount* found = nullptr;
  for (const CgroupMount& mount : mounts) {
    // What can be changed counts before what can't: of a file system that is read-only but for one
    // group, that group is a mount of its own.
    if (holds(mount.root, path) && (found == nullptr || !mount.read_only || found->read_only)) {
      found = &mount;
    }
  }
  if (found == nullptr) {
    return failure("the control group of this process (" + std::string(path) +
                   ") is below none of those that are mounted here");
  }
  const std::string_view below = found->root == "/" ? path : path.substr(found->root.size());
  return CgroupPlace{joined(found->directory, below), found->directory, found->read_only};
}

Result<CgroupPlace> own_cgroup_place() {
  const UniqueFd self = open_cgroup("/proc/self");
  const Result<std::string> mountinfo = read_cgroup_file(self.get(), "mountinfo");
  const Result<std::string> cgroup = read_cgroup_file(self.get(), "cgroup");
  if (!self.valid() || !mountinfo || !cgroup) {
    return failure(
        "/proc can't be read here, so that the control group of this process is not "
        "known: mount /proc, or give cgroup the full path of a directory");
  }
  return cgroup_place(*mountinfo, *cgroup);
}

}  // namespace kamexec::process

// SPDX-License-Identifier: GPL-2.0-or-later
#include "process/cgroup_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <charconv>
#include <memory>

#include <cerrno>

namespace kamexec::process {
namespace {

// The lists of a group's processes are the longest: some 100,000 processes.
constexpr std::size_t kMostBytes = std::size_t{1} << 20;
// Groups within groups that a program has made for itself.
constexpr int kMostDepth = 32;

UniqueFd open_file(int cgroup, const char* file, int flags) {
  return UniqueFd(::openat(cgroup, file, flags | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW));
}

int remove_below(int parent, const char* name, int depth) {
  if (::unlinkat(parent, name, AT_REMOVEDIR) == 0) {
    return 0;
  }
  const int error = errno;
  if (error != EBUSY || depth == kMostDepth) {
    return error;
  }
  const UniqueFd group = open_cgroup(parent, name);
  if (!group.valid() || is_populated(group.get())) {
    return error;
  }
  for (const std::string& below : groups_below(group.get())) {
    static_cast<void>(remove_below(group.get(), below.c_str(), depth + 1));
  }
  return ::unlinkat(parent, name, AT_REMOVEDIR) == 0 ? 0 : errno;
}

}  // namespace

UniqueFd open_cgroup(int parent, const char* name) {
  return UniqueFd(::openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
}

UniqueFd open_cgroup(const std::string& path) {
  return UniqueFd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

std::string in_quotes(std::string_view path) {
  return '"' + std::string(path) + '"';
}

Result<std::string> read_cgroup_file(int cgroup, const char* file) {
  const UniqueFd opened = open_file(cgroup, file, O_RDONLY);
  if (!opened.valid()) {
    return system_failure(file, errno);
  }
  std::string text;
  char buffer[4096];
  while (text.size() < kMostBytes) {
    const ssize_t count = ::read(opened.get(), buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count < 0) {
      return system_failure(file, errno);
    }
    if (count == 0) {
      break;
    }
    text.append(buffer, static_cast<std::size_t>(count));
  }
  if (text.ends_with('\n')) {
    text.pop_back();
  }
  return text;
}

int write_cgroup_file(int cgroup, const char* file, std::string_view text) {
  const UniqueFd opened = open_file(cgroup, file, O_WRONLY);
  if (!opened.valid()) {
    return errno;
  }
  for (;;) {
    if (::write(opened.get(), text.data(), text.size()) >= 0) {
      return 0;
    }
    if (errno != EINTR) {
      return errno;
    }
  }
}

unsigned long long number_after(std::string_view text, std::string_view key) {
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (line.size() > key.size() && line.starts_with(key) && line[key.size()] == ' ') {
      unsigned long long number = 0;
      std::from_chars(line.data() + key.size() + 1, line.data() + line.size(), number);
      return number;
    }
  }
  return 0;
}

bool has_word(std::string_view text, std::string_view word) {
  while (!text.empty()) {
    const std::string_view first = text.substr(0, text.find_first_of(" \n"));
    if (first == word) {
      return true;
    }
    text.remove_prefix(std::min(first.size() + 1, text.size()));
  }
  return false;
}

std::vector<pid_t> processes_in(int cgroup) {
  std::vector<pid_t> processes;
  const Result<std::string> text = read_cgroup_file(cgroup, "cgroup.procs");
  if (!text) {
    return processes;
  }
  const char* at = text->data();
  const char* const end = at + text->size();
  while (at < end) {
    pid_t pid = 0;
    const auto [read_to, error] = std::from_chars(at, end, pid);
    if (error != std::errc()) {
      break;
    }
    processes.push_back(pid);
    at = read_to + 1;
  }
  return processes;
}

bool is_populated(int cgroup) {
  const Result<std::string> events = read_cgroup_file(cgroup, "cgroup.events");
  if (!events) {
    return events.error().system_errno != ENODEV && events.error().system_errno != ENOENT;
  }
  return number_after(*events, "populated") != 0;
}

int remove_cgroup(int parent, const char* name) {
  return remove_below(parent, name, 0);
}

std::vector<std::string> groups_below(int cgroup, std::string_view prefix) {
  std::vector<std::string> names;
  UniqueFd again(::openat(cgroup, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!again.valid()) {
    return names;
  }
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(::fdopendir(again.get()), ::closedir);
  if (directory == nullptr) {
    return names;
  }
  static_cast<void>(again.release());
  while (const dirent* entry = ::readdir(directory.get())) {
    const std::string_view name = entry->d_name;
    if (entry->d_type == DT_DIR && name != "." && name != ".." && name.starts_with(prefix)) {
      names.emplace_back(name);
    }
  }
  return names;
}

}  // namespace kamexec::process

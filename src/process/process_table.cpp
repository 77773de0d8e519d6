// SPDX-License-Identifier: GPL-2.0-or-later
#include "process/process_table.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <charconv>
#include <cstring>
#include <ctime>
#include <memory>
#include <string_view>

#include <cerrno>

#include "base/error.h"
#include "process/call_marker.h"
#include "process/pipe.h"

namespace kamexec::process {
namespace {

// Environments are hostile: this much of one is looked at. Linux allows a program 6 MiB by default.
constexpr std::size_t kEnvironmentLimit = 8U << 20;

UniqueFd open_process_file(pid_t pid, const char* file) {
  char path[64];
  std::snprintf(path, sizeof path, "/proc/%d/%s", static_cast<int>(pid), file);
  return UniqueFd(::open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY));
}

/// Space-separated numbers, taken one by one.
class Fields {
 public:
  explicit Fields(std::string_view text) : text_(text) {}

  template <typename Number>
  bool next(Number& value) {
    skip_blanks();
    const auto [end, error] = std::from_chars(text_.data(), text_.data() + text_.size(), value);
    if (error != std::errc()) {
      return false;
    }
    text_.remove_prefix(static_cast<std::size_t>(end - text_.data()));
    return true;
  }

  bool skip(int fields) {
    for (; fields > 0; --fields) {
      skip_blanks();
      const auto end = text_.find(' ');
      if (end == std::string_view::npos) {
        return false;
      }
      text_.remove_prefix(end);
    }
    return true;
  }

 private:
  void skip_blanks() {
    while (!text_.empty() && text_.front() == ' ') {
      text_.remove_prefix(1);
    }
  }
  std::string_view text_;
};

/// "pid (name) state ppid pgrp session …": the name may hold anything, parentheses too, so the
/// fields are counted from the last one.
std::optional<ProcessEntry> parse_stat(pid_t pid, std::string_view text) {
  const auto name_end = text.rfind(')');
  if (name_end == std::string_view::npos || text.size() < name_end + 4) {
    return std::nullopt;
  }
  const char state = text[name_end + 2];
  Fields fields(text.substr(name_end + 3));
  ProcessEntry entry;
  entry.pid = pid;
  long threads = 0;
  if (!fields.next(entry.parent) || !fields.next(entry.group) || !fields.next(entry.session) ||
      !fields.skip(13) ||  // tty_nr (7) … nice (19)
      !fields.next(threads) || !fields.skip(1) || !fields.next(entry.started)) {
    return std::nullopt;
  }
  // A first thread that has ended shows as a zombie while others run on.
  entry.alive = (state != 'Z' && state != 'X' && state != 'x') || threads > 1;
  return entry;
}

std::optional<ProcessEntry> read_stat(pid_t pid, const UniqueFd& fd) {
  if (!fd.valid()) {
    return std::nullopt;
  }
  char text[1024];  // about 350 bytes: 52 numbers and a name of at most 64
  const Transfer got = read_some(fd.get(), text, sizeof text);
  if (got.state != Transfer::State::moved) {
    return std::nullopt;
  }
  return parse_stat(pid, std::string_view(text, got.bytes));
}

/// Empty: it does; else in words what is wrong with /proc.
std::string why_no_pids() {
  char target[32];
  const ssize_t size = ::readlink("/proc/self", target, sizeof target);
  if (size <= 0) {
    return system_error("/proc", errno).message;
  }
  pid_t pid = 0;
  std::from_chars(target, target + size, pid);
  return pid == ::getpid() ? "" : "/proc shows the processes of another pid namespace";
}

struct CloseDirectory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};

/// Closed before a process is looked at: one descriptor must do, where few are left.
Result<std::vector<pid_t>> listed_pids() {
  if (std::string why = why_no_pids(); !why.empty()) {
    return failure(std::move(why));
  }
  const std::unique_ptr<DIR, CloseDirectory> proc(::opendir("/proc"));
  if (!proc) {
    return system_failure("/proc", errno);
  }
  std::vector<pid_t> pids;
  while (const dirent* item = ::readdir(proc.get())) {
    const char* name_end = item->d_name + std::strlen(item->d_name);
    pid_t pid = 0;
    const auto [end, error] = std::from_chars(item->d_name, name_end, pid);
    if (error == std::errc() && end == name_end) {
      pids.push_back(pid);
    }
  }
  return pids;
}

/// The hard one of "Max realtime timeout      SOFT      HARD      us"; 0: unlimited.
std::uint64_t realtime_limit(std::string_view limits) {
  constexpr std::string_view kName = "Max realtime timeout";
  const auto at = limits.find(kName);
  if (at == std::string_view::npos) {
    return 0;
  }
  Fields fields(limits.substr(at + kName.size()));
  std::uint64_t hard = 0;
  return fields.skip(1) && fields.next(hard) ? hard : 0;
}

/// Looks through NUL-ended strings piece by piece; a string may lie across pieces.
std::string find_marker(int fd) {
  std::string kept;  // the string that is being read, as far as it can still be the marker
  bool fits = true;
  char buffer[4096];
  for (std::size_t total = 0; total < kEnvironmentLimit;) {
    const Transfer got = read_some(fd, buffer, sizeof buffer);
    if (got.state != Transfer::State::moved) {
      break;
    }
    total += got.bytes;
    std::string_view rest(buffer, got.bytes);
    while (!rest.empty()) {
      const auto end = rest.find('\0');
      if (fits) {
        kept += rest.substr(0, end);
        const auto compared = std::min(kept.size(), kCallMarkerName.size());
        fits = kept.compare(0, compared, kCallMarkerName.substr(0, compared)) == 0;
      }
      if (end == std::string_view::npos) {
        break;
      }
      if (fits && kept.size() > kCallMarkerName.size()) {
        return kept;
      }
      kept.clear();
      fits = true;
      rest.remove_prefix(end + 1);
    }
  }
  return {};
}

}  // namespace

std::optional<ProcessEntry> read_process(pid_t pid) {
  return read_stat(pid, open_process_file(pid, "stat"));
}

StartTicks current_ticks() {
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  const auto ticks_per_second = static_cast<StartTicks>(::sysconf(_SC_CLK_TCK));
  const StartTicks part = static_cast<StartTicks>(now.tv_nsec) * ticks_per_second / 1'000'000'000;
  return static_cast<StartTicks>(now.tv_sec) * ticks_per_second + part;
}

const std::vector<ProcessEntry>& ProcessTable::entries() {
  if (!entries_) {
    read_all();
    markers_.resize(entries_->size());
    limits_.resize(entries_->size());
  }
  return *entries_;
}

void ProcessTable::read_all() {
  entries_.emplace();
  const Result<std::vector<pid_t>> pids = listed_pids();
  if (!pids) {
    blind_ = pids.error().message;
    return;
  }
  for (const pid_t pid : *pids) {
    if (const auto entry = read_stat(pid, open_of(pid, "stat"))) {
      entries_->push_back(*entry);
    }
  }
}

/// A process that is gone, or that may not be read, is no shortage.
UniqueFd ProcessTable::open_of(pid_t pid, const char* file) {
  UniqueFd fd = open_process_file(pid, file);
  if (!fd.valid() && (errno == EMFILE || errno == ENFILE || errno == ENOMEM)) {
    blind_ = system_error("/proc", errno).message;
  }
  return fd;
}

std::size_t ProcessTable::index_of(const ProcessEntry& entry) {
  return static_cast<std::size_t>(&entry - entries().data());
}

const std::string& ProcessTable::marker(const ProcessEntry& entry) {
  auto& marker = markers_[index_of(entry)];
  if (!marker) {
    const UniqueFd fd = open_of(entry.pid, "environ");
    marker = fd.valid() ? find_marker(fd.get()) : std::string();
  }
  return *marker;
}

std::uint64_t ProcessTable::limit_marker(const ProcessEntry& entry) {
  auto& limit = limits_[index_of(entry)];
  if (!limit) {
    limit = 0;
    char text[4096];  // about 1300 bytes
    const UniqueFd fd = open_of(entry.pid, "limits");
    const Transfer got = fd.valid() ? read_some(fd.get(), text, sizeof text) : Transfer{};
    if (got.state == Transfer::State::moved) {
      limit = realtime_limit({text, got.bytes});
    }
  }
  return *limit;
}

}  // namespace kamexec::process

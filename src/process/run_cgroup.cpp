// SPDX-License-Identifier: GPL-2.0-or-later
#include "process/run_cgroup.h"

#include <sys/file.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <deque>
#include <mutex>
#include <new>
#include <utility>

#include <cerrno>

#include "base/clock.h"
#include "process/cgroup_files.h"
#include "process/cgroup_name.h"
#include "process/pidfd.h"

namespace kamexec::process {
namespace {

// Names that a group of another pid namespace may have taken.
constexpr int kMostNames = 100;
// Groups that wait for their last process. Beyond them one is left to the sweep of the next start.
constexpr std::size_t kMostEnded = 1000;
// Of its limit a group may have in use when the next run gets it: what the kernel counts in
// advance, and files that it gives up when the memory is wanted.
constexpr unsigned kMemoryShare = 32;
// After which the use of a processor is counted anew: kCpuPeriod of cgroup_parent.cpp.
constexpr std::chrono::milliseconds kPeriod{100};
// A look at one costs some microseconds.
constexpr std::size_t kLooksAtOnce = 4;

/// A group whose run is over. Without its directory: there may be many.
struct Ended {
  std::shared_ptr<const CgroupParent> parent;
  std::string name;
};

struct EndedList {
  std::mutex mutex;
  std::deque<Ended> groups;
};

EndedList& ended_list() {
  static EndedList instance;
  return instance;
}

void remove_some(std::size_t looks) noexcept {
  EndedList& list = ended_list();
  // Should a fork have caught another thread in here, the lock is held for ever: never wait.
  const std::unique_lock lock(list.mutex, std::try_to_lock);
  if (!lock.owns_lock()) {
    return;
  }
  for (looks = std::min(looks, list.groups.size()); looks > 0; --looks) {
    Ended group = std::move(list.groups.front());
    list.groups.pop_front();
    if (remove_cgroup(group.parent->fd(), group.name.c_str()) == EBUSY) {
      try {
        list.groups.push_back(std::move(group));
      } catch (const std::bad_alloc&) {
        // It stays for the sweep.
      }
    }
  }
}

void remove_later(Ended group) noexcept {
  EndedList& list = ended_list();
  try {
    const std::scoped_lock lock(list.mutex);
    if (list.groups.size() == kMostEnded) {
      list.groups.pop_front();
    }
    list.groups.push_back(std::move(group));
  } catch (const std::exception&) {
    // As above.
  }
}

}  // namespace

RunCgroup::RunCgroup(std::shared_ptr<const CgroupParent> parent, std::string name,
                     UniqueFd directory)
    : parent_(std::move(parent)),
      name_(std::move(name)),
      directory_(std::move(directory)),
      owner_(::getpid()) {}

RunCgroup::~RunCgroup() {
  if (directory_.valid() && owner_ == ::getpid()) {
    end(Rest::ends);
  }
}

RunCgroup& RunCgroup::operator=(RunCgroup&& other) noexcept {
  if (this != &other) {
    if (directory_.valid() && owner_ == ::getpid()) {
      end(Rest::ends);
    }
    parent_ = std::move(other.parent_);
    name_ = std::move(other.name_);
    directory_ = std::move(other.directory_);
    owner_ = other.owner_;
    is_spoilt_ = other.is_spoilt_;
  }
  return *this;
}

Result<RunCgroup> RunCgroup::create(std::shared_ptr<const CgroupParent> parent) {
  remove_ended_cgroups();
  if (KeptCgroup kept = parent->take_kept(); !kept.name.empty()) {
    return RunCgroup(std::move(parent), std::move(kept.name), std::move(kept.directory));
  }
  const auto failed = [&parent](const std::string& what, int error) {
    return system_failure(
        "can't " + what + " a control group for it below \"" + parent->path() + "\"", error);
  };
  int error = EEXIST;
  for (int tries = 0; tries < kMostNames; ++tries) {
    std::string name = next_cgroup_name();
    if (::mkdirat(parent->fd(), name.c_str(), 0755) < 0) {
      error = errno;
      if (error == EEXIST) {
        continue;
      }
      break;
    }
    UniqueFd directory = open_cgroup(parent->fd(), name.c_str());
    // The lock tells the sweep of another server that the group has an owner. It may have been
    // faster: then the group is as good as gone.
    if (!directory.valid() || ::flock(directory.get(), LOCK_EX | LOCK_NB) < 0) {
      error = errno;
      if (error == EWOULDBLOCK || error == ENOENT) {
        continue;
      }
      static_cast<void>(remove_cgroup(parent->fd(), name.c_str()));
      break;
    }
    RunCgroup made(parent, std::move(name), std::move(directory));
    for (const CgroupSetting& setting : parent->settings()) {
      const int failure = write_cgroup_file(made.fd(), setting.file, setting.text);
      if (failure != 0 && !(failure == ENOENT && setting.may_be_missing)) {
        return failed(std::string("set ") + setting.attribute + " (" + setting.file + ") of",
                      failure);
      }
    }
    return made;
  }
  return failed("make", error);
}

void RunCgroup::signal_all(int signal) const {
  std::vector<std::pair<pid_t, UniqueFd>> held;
  for (const pid_t pid : processes_in(fd())) {
    if (pid > 1 && pid != owner_) {
      held.emplace_back(pid, open_pidfd(pid));
    }
  }
  // What is in the group now and had its number before is what the pidfd holds: none other is
  // signalled, whoever has got a number meanwhile.
  const std::vector<pid_t> now = processes_in(fd());
  for (const auto& [pid, pidfd] : held) {
    if (std::find(now.begin(), now.end(), pid) == now.end()) {
      continue;
    }
    if (pidfd.valid()) {
      static_cast<void>(send_signal(pidfd.get(), signal));
    } else {
      ::kill(pid, signal);
    }
  }
}

void RunCgroup::kill_all() const {
  spoil();
  // A group that may hardly run would hardly end.
  static_cast<void>(write_cgroup_file(fd(), "cpu.max", "max"));
  static_cast<void>(write_cgroup_file(fd(), "cgroup.kill", "1"));
}

bool RunCgroup::populated() const {
  return is_populated(fd());
}

std::string RunCgroup::kernels_reason() const {
  const std::vector<CgroupSetting>& settings = parent_->settings();
  if (settings.empty() || std::string_view(settings.front().attribute) != "memory_total") {
    return {};
  }
  const Result<std::string> events = read_cgroup_file(fd(), "memory.events");
  return events && number_after(*events, "oom_kill") > 0
             ? "its control group used up memory_total, " + settings.front().text + " bytes"
             : std::string();
}

/// Whether the next run would find it as it was made. What a program may leave behind: processes,
/// zombies that wait for process 1 (pids.current), memory that nobody frees, as files in a tmpfs
/// are, groups below its own.
bool RunCgroup::is_as_new() const {
  if (is_spoilt_) {
    return false;
  }
  const Result<std::string> events = read_cgroup_file(fd(), "cgroup.events");
  if (!events || number_after(*events, "populated") != 0 || number_after(*events, "frozen") != 0) {
    return false;
  }
  struct stat status = {};
  if (::fstat(fd(), &status) < 0 || status.st_nlink != 2) {
    return false;
  }
  const auto number_in = [this](const char* file) {
    const Result<std::string> text = read_cgroup_file(fd(), file);
    unsigned long long number = ~0ULL;
    if (text) {
      std::from_chars(text->data(), text->data() + text->size(), number);
    }
    return number;
  };
  for (const CgroupSetting& setting : parent_->settings()) {
    const std::string_view file = setting.file;
    if (file == "pids.max" && number_in("pids.current") != 0) {
      return false;
    }
    if (file == "memory.max" &&
        (number_in("memory.current") > std::stoull(setting.text) / kMemoryShare ||
         !kernels_reason().empty())) {
      return false;
    }
  }
  return true;
}

void RunCgroup::end(Rest rest) noexcept {
  bool is_kept = false;
  try {
    is_kept = is_as_new();
  } catch (const std::exception&) {
    // Short of memory.
  }
  if (is_kept) {
    const bool has_share = !parent_->settings().empty() &&
                           std::string_view(parent_->settings().back().file) == "cpu.max";
    const TimePoint now = Clock::now();
    parent_->keep(
        {std::move(name_), std::move(directory_), owner_, has_share ? after(now, kPeriod) : now});
    return;
  }
  if (remove_cgroup(parent_->fd(), name_.c_str()) == EBUSY) {
    if (rest == Rest::ends) {
      kill_all();
    } else {
      static_cast<void>(::fsetxattr(fd(), kCgroupIsOver, "1", 1, 0));
    }
    remove_later({std::move(parent_), std::move(name_)});
  }
  directory_.reset();
}

void remove_ended_cgroups() noexcept {
  remove_some(kLooksAtOnce);
}

void remove_all_ended_cgroups() noexcept {
  remove_some(kMostEnded);
}

}  // namespace kamexec::process

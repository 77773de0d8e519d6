// SPDX-License-Identifier: GPL-2.0-or-later
#include "process/landlock_ruleset.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <cstdlib>
#include <set>

#include <cerrno>

#include "base/interpreter.h"
#include "base/printable.h"
#include "process/landlock.h"
#include "process/system_paths.h"

namespace kamexec::process {
namespace {

constexpr std::uint64_t kReadOnly = landlock::kReadFile | landlock::kReadDirectory;
constexpr std::uint64_t kReadAndRun = kReadOnly | landlock::kExecute;
/// No device files: root could make one of a disk, and write that.
constexpr std::uint64_t kWrite =
    kReadOnly | landlock::kWriteFile | landlock::kTruncate | landlock::kRemoveDirectory |
    landlock::kRemoveFile | landlock::kMakeDirectory | landlock::kMakeFile | landlock::kMakeSocket |
    landlock::kMakeFifo | landlock::kMakeSymbolicLink | landlock::kRefer;
constexpr std::uint64_t kOfFiles = landlock::kExecute | landlock::kWriteFile | landlock::kReadFile |
                                   landlock::kTruncate | landlock::kIoctlOfDevices;

/// A script's interpreter may be a script, and so on: as many as the kernel follows.
constexpr int kMostInterpreters = 5;
/// Symbolic links of one name, as the kernel counts.
constexpr int kMostLinks = 40;
constexpr std::size_t kLongestShown = 200;
/// Where programs start one after the other.
constexpr std::chrono::milliseconds kLookAtDirectoriesAfter{50};
/// A clock of files may stand still while two things happen; and a mount changes no directory.
constexpr std::chrono::seconds kLookAgainAfter{1};

/// The rights of files that Landlock of @p abi knows.
std::uint64_t known_rights(int abi) {
  std::uint64_t rights = landlock::kRefer - 1;
  if (abi >= landlock::kAbiOfRefer) {
    rights |= landlock::kRefer;
  }
  if (abi >= landlock::kAbiOfTruncate) {
    rights |= landlock::kTruncate;
  }
  if (abi >= landlock::kAbiOfIoctl) {
    rights |= landlock::kIoctlOfDevices;
  }
  return rights;
}

Result<void> add_rule(const UniqueFd& ruleset, int type, const void* rule) {
  if (::syscall(landlock::kAddRuleNumber, ruleset.get(), type, rule, 0U) < 0) {
    return system_failure("can't make a rule of Landlock", errno);
  }
  return {};
}

bool is_missing(int error) {
  return error == ENOENT || error == ENOTDIR;
}

bool is_same(const timespec& left, const timespec& right) {
  return left.tv_sec == right.tv_sec && left.tv_nsec == right.tv_nsec;
}

/// When @p directory got or lost a name last; 0 where that can't be found out.
timespec modified(const std::string& directory) {
  struct stat status = {};
  return ::stat(directory.c_str(), &status) < 0 ? timespec() : status.st_mtim;
}

}  // namespace

std::string real_path(const std::string& path) {
  char* const real = ::realpath(path.c_str(), nullptr);
  std::string result = real == nullptr ? path : real;
  std::free(real);
  return result;
}

bool is_beneath(const std::string& inner, const std::string& outer) {
  return outer == "/" || inner == outer || (inner.starts_with(outer) && inner[outer.size()] == '/');
}

std::vector<std::string> files_of_program(const std::string& program) {
  std::vector<std::string> files;
  if (program.empty()) {
    return files;
  }
  files.push_back(program);
  for (int i = 0; i < kMostInterpreters; ++i) {
    std::string next = interpreter_of(files.back());
    if (next.empty()) {
      break;
    }
    files.push_back(std::move(next));
  }
  return files;
}

Result<std::shared_ptr<const UniqueFd>> LandlockRuleset::current() {
  if (plan_.abi == 0) {
    return ruleset_;
  }
  const TimePoint now = Clock::now();
  if (!is_made_ || (may_have_changed(now) && has_changed())) {
    if (Result<void> done = make(); !done) {
      return tl::unexpected<Error>(std::move(done.error()));
    }
    is_made_ = true;
  }
  return ruleset_;
}

/// A name that we may not look up, because the host has given up root since, is taken to be
/// unchanged. A program that is changed in place may have another interpreter.
bool LandlockRuleset::Path::has_changed(const std::string& program) const {
  struct stat status = {};
  if (::stat(name.c_str(), &status) < 0) {
    return is_missing(errno) && inode != 0;
  }
  return status.st_dev != device || status.st_ino != inode ||
         (name == program && !is_same(status.st_mtim, changed));
}

bool LandlockRuleset::may_have_changed(TimePoint now) {
  if (now >= look_again_at_) {
    return true;
  }
  if (now >= look_at_directories_at_) {
    look_at_directories_at_ = after(now, kLookAtDirectoriesAfter);
    if (std::any_of(directories_.begin(), directories_.end(), [](const Directory& directory) {
          return !is_same(modified(directory.name), directory.changed);
        })) {
      return true;
    }
  }
  return std::any_of(paths_.begin(), paths_.end(), [this](const Path& path) {
    return path.is_listed && path.has_changed(plan_.program);
  });
}

/// Looks at every name.
bool LandlockRuleset::has_changed() {
  look_again_at_ = after(Clock::now(), kLookAgainAfter);
  // Before the names: what changes in between is seen the next time.
  for (Directory& directory : directories_) {
    directory.changed = modified(directory.name);
  }
  return std::any_of(paths_.begin(), paths_.end(),
                     [this](const Path& path) { return path.has_changed(plan_.program); });
}

std::vector<LandlockRuleset::Path> LandlockRuleset::paths() const {
  std::vector<Path> all;
  const auto add = [&all](const std::vector<std::string>& names, std::uint64_t rights,
                          bool is_listed) {
    for (const std::string& name : names) {
      all.push_back({name, rights, is_listed});
    }
  };
  if (plan_.files) {
    const SystemPaths system = system_paths();
    add(system.run, kReadAndRun, false);
    add(system.read, kReadOnly, false);
    add(system.write, kWrite, false);
    add(files_of_program(plan_.program), kReadAndRun, true);
    add(plan_.read, kReadAndRun, true);
    add(plan_.write, kWrite, true);
  } else if (plan_.abi >= landlock::kAbiOfRefer) {
    // The one right that a domain can be made of and that is then given for everything. Being in a
    // domain keeps a program from tracing those that aren't (ptrace(2), /proc/PID/mem), as whom it
    // could act otherwise.
    add({"/"}, landlock::kRefer, true);
  }
  return all;
}

/// A ruleset in the making.
class LandlockRuleset::Making {
 public:
  Making(const LandlockPlan& plan, UniqueFd ruleset) : plan_(plan), ruleset_(std::move(ruleset)) {}

  /// What isn't there can't be touched; when it comes, has_changed() sees it.
  Result<void> add(Path& path) {
    const UniqueFd place(::open(path.name.c_str(), O_PATH | O_CLOEXEC));
    struct stat status = {};
    if (!place.valid() || ::fstat(place.get(), &status) < 0) {
      const int error = errno;
      return is_missing(error) || !path.is_listed
                 ? Result<void>()
                 : system_failure("can't open " + printable(path.name, kLongestShown), error);
    }
    path.device = status.st_dev;
    path.inode = status.st_ino;
    path.changed = status.st_mtim;
    landlock::PathBeneath rule{path.rights & known_rights(plan_.abi), place.get()};
    if (!S_ISDIR(status.st_mode)) {
      const bool is_device = S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode);
      rule.allowed &= kOfFiles;
      if (is_device && (path.rights & landlock::kWriteFile) != 0) {
        rule.allowed |= landlock::kIoctlOfDevices & known_rights(plan_.abi);
      }
    }
    // Each rule costs time at every start: not /lib where it is /usr/lib, which /usr says.
    const std::string real = real_path(path.name);
    for (const auto& [above, allowed] : directories_) {
      if (is_beneath(real, above) && (rule.allowed & ~allowed) == 0) {
        return {};
      }
    }
    if (S_ISDIR(status.st_mode)) {
      directories_.emplace_back(real, std::uint64_t{rule.allowed});
    }
    return add_rule(ruleset_, landlock::kPathBeneath, &rule);
  }

  Result<void> add(std::uint16_t port) {
    const landlock::NetPort rule{landlock::kConnectTcp, port};
    return add_rule(ruleset_, landlock::kNetPort, &rule);
  }

  UniqueFd take() { return std::move(ruleset_); }

 private:
  const LandlockPlan& plan_;
  UniqueFd ruleset_;
  std::vector<std::pair<std::string, std::uint64_t>> directories_;  ///< with rules, real paths
};

Result<void> LandlockRuleset::make() {
  std::vector<Path> paths = this->paths();
  landlock::RulesetAttributes handled;
  handled.files = plan_.files ? known_rights(plan_.abi) : paths.empty() ? 0 : landlock::kRefer;
  handled.network = plan_.network ? landlock::kBindTcp | landlock::kConnectTcp : 0;
  handled.scoped = plan_.signals ? landlock::kScopeSignal : 0;
  if (handled.files == 0 && handled.network == 0 && handled.scoped == 0) {
    return {};
  }
  std::vector<Directory> directories = directories_of(paths);
  UniqueFd made(
      static_cast<int>(::syscall(landlock::kCreateRulesetNumber, &handled, sizeof handled, 0U)));
  if (!made.valid()) {
    return system_failure("can't make a ruleset of Landlock", errno);
  }
  Making making(plan_, std::move(made));
  for (Path& path : paths) {
    if (Result<void> added = making.add(path); !added) {
      return added;
    }
  }
  for (const std::uint16_t port : plan_.network ? plan_.ports : std::vector<std::uint16_t>()) {
    if (Result<void> added = making.add(port); !added) {
      return added;
    }
  }
  paths_ = std::move(paths);
  directories_ = std::move(directories);
  look_again_at_ = after(Clock::now(), kLookAgainAfter);
  ruleset_ = std::make_shared<const UniqueFd>(making.take());
  return {};
}

/// Of the names that the definition doesn't list, and of those that they are links to.
std::vector<LandlockRuleset::Directory> LandlockRuleset::directories_of(
    const std::vector<Path>& paths) {
  std::set<std::string> names;
  for (const Path& path : paths) {
    std::string name = path.name;
    for (int links = 0; !path.is_listed && links < kMostLinks; ++links) {
      const std::string parent = name.substr(0, std::max<std::size_t>(name.rfind('/'), 1));
      names.insert(parent);
      char target[PATH_MAX];
      const ssize_t size = ::readlink(name.c_str(), target, sizeof target);
      if (size <= 0) {
        break;
      }
      const std::string_view to(target, static_cast<std::size_t>(size));
      name = to.starts_with('/') ? std::string(to) : parent + "/" + std::string(to);
    }
  }
  std::vector<Directory> directories;
  directories.reserve(names.size());
  for (const std::string& name : names) {
    directories.push_back({name, modified(name)});
  }
  return directories;
}

}  // namespace kamexec::process

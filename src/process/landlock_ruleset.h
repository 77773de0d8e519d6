// SPDX-License-Identifier: GPL-2.0-or-later
// Landlock's part of a sandbox (landlock(7)): its rules are of files, and this keeps them true to
// the names that they were made from.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <ctime>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/unique_fd.h"
#include "process/containment.h"

namespace kamexec::process {

/// What a ruleset is to keep from a program.
struct LandlockPlan {
  int abi = 0;          ///< of the kernel; 0: there is no Landlock, and no ruleset
  std::string program;  ///< for execve
  bool files = false;
  std::vector<std::string> read;
  std::vector<std::string> write;
  /// TCP connections but those to `ports`, and TCP sockets that listen.
  bool network = false;
  std::vector<std::uint16_t> ports;
  bool signals = false;
};

class LandlockRuleset {
 public:
  LandlockRuleset() = default;
  explicit LandlockRuleset(LandlockPlan plan) : plan_(std::move(plan)) {}

  /// The descriptor for landlock_restrict_self(2); nullptr: none is wanted. Made at the first call,
  /// and anew where another file has taken one of the names: an upgrade of the program, a new
  /// /etc/resolv.conf. That is looked for at each call: names that the definition has by
  /// themselves, the system's by the directories that they are in, at most every 50 ms, and by
  /// themselves once a second. The error: a file that the definition names can't be opened any
  /// more, or there are no descriptors.
  [[nodiscard]] Result<std::shared_ptr<const UniqueFd>> current();

 private:
  /// A name of the rules, and the file that it was when they were made.
  struct Path {
    std::string name;
    std::uint64_t rights = 0;  ///< of what it names, and of all below
    bool is_listed = false;    ///< the definition names it
    dev_t device = 0;
    ino_t inode = 0;  ///< 0: it wasn't there
    timespec changed = {};

    [[nodiscard]] bool has_changed(const std::string& program) const;
  };

  /// A directory that names of the rules are in: it changes where another file takes one of them.
  struct Directory {
    std::string name;
    timespec changed = {};
  };
  class Making;

  [[nodiscard]] std::vector<Path> paths() const;
  [[nodiscard]] bool may_have_changed(TimePoint now);
  [[nodiscard]] bool has_changed();
  Result<void> make();
  [[nodiscard]] static std::vector<Directory> directories_of(const std::vector<Path>& paths);

  LandlockPlan plan_;
  bool is_made_ = false;
  std::vector<Path> paths_;
  std::vector<Directory> directories_;
  TimePoint look_at_directories_at_;
  TimePoint look_again_at_;
  std::shared_ptr<const UniqueFd> ruleset_;
};

/// Without symbolic links, where that can be found out.
[[nodiscard]] std::string real_path(const std::string& path);

/// Whether @p inner is @p outer or below it: both full paths without symbolic links.
[[nodiscard]] bool is_beneath(const std::string& inner, const std::string& outer);

/// The files that the kernel opens to run @p program, it first: its interpreter, the loader.
[[nodiscard]] std::vector<std::string> files_of_program(const std::string& program);

}  // namespace kamexec::process

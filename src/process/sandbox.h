// SPDX-License-Identifier: GPL-2.0-or-later
// What the kernel keeps from a program: files, TCP ports and signals by Landlock (landlock(7)),
// sockets and system calls by seccomp(2). Made while the configuration loads, put on by each child
// before it runs the program.
#pragma once

#include <linux/filter.h>

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/unique_fd.h"
#include "process/containment.h"
#include "process/kernel_abilities.h"
#include "process/landlock_ruleset.h"
#include "process/system_call_filter.h"

namespace kamexec::process {

/// What of the program a sandbox must know.
struct SandboxedProgram {
  std::string path;  ///< for execve
  /// It runs as a user who is neither root nor the host's own, so that the kernel's check of users
  /// keeps its signals from the host.
  bool has_own_user = false;
};

struct SandboxMistake {
  std::string attribute;  ///< sandbox, read, write or network
  std::string message;    ///< what is wrong, with the attribute's name, and what to write
};

/// What the kernel can't do and the rule allows to be left out, in the same form.
using SandboxOmission = SandboxMistake;

class Sandbox {
 public:
  /// Makes what @p rule says for @p program. With mistakes, which are added to @p mistakes, there
  /// is none: an ability that the kernel lacks and that must not be left out, a path that isn't
  /// there, a path that may be both written and run. Also nullptr: @p rule wants nothing. Opens
  /// files and descriptors; for the process that loads the configuration, and those that it forks.
  [[nodiscard]] static std::shared_ptr<const Sandbox> prepare(
      const SandboxRule& rule, const SandboxedProgram& program, const KernelAbilities& abilities,
      std::vector<SandboxMistake>& mistakes);

  /// What a child puts on.
  struct Worn {
    std::shared_ptr<const UniqueFd> ruleset;  ///< of Landlock; nullptr: none
    sock_fprog filter = {};                   ///< the Sandbox's own; of length 0: none
  };
  /// For the next start. Rules of files are made anew where another file has taken a name since;
  /// the error: they can't be, and the program must not start. Any thread.
  [[nodiscard]] Result<Worn> worn() const;

  [[nodiscard]] const std::vector<SandboxOmission>& left_out() const { return left_out_; }
  /// The program's signals are kept from the host by its user alone: it must have one of its own.
  [[nodiscard]] bool relies_on_user() const { return relies_on_user_; }
  /// What is in force: the rule without what was left out.
  [[nodiscard]] const SandboxRule& rule() const { return rule_; }

 private:
  Sandbox(SandboxRule rule, SandboxedProgram program, const KernelAbilities& abilities);
  class Preparation;

  [[nodiscard]] LandlockPlan plan() const;

  SandboxRule rule_;
  SandboxedProgram program_;
  KernelAbilities abilities_;
  bool relies_on_user_ = false;
  bool opens_every_port_ = false;  ///< tcp:PORT is one of those that were left out
  std::vector<SandboxOmission> left_out_;
  SystemCallFilter filter_;

  mutable std::mutex mutex_;  // of what is below
  mutable LandlockRuleset ruleset_;
};

}  // namespace kamexec::process

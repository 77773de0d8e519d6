// SPDX-License-Identifier: GPL-2.0-or-later
// What of the kernel a sandbox is made with. A test may say something else than the kernel does.
#pragma once

#include <string>

namespace kamexec::process {

struct KernelAbilities {
  /// landlock(7), "Landlock ABI versions". 0: none.
  int landlock_abi = 0;
  /// Why there is no Landlock: ENOSYS (not built in), EOPNOTSUPP (turned off), or what a container
  /// answers in the kernel's place.
  int landlock_errno = 0;
  /// seccomp(2): filters, and errors as their answer.
  bool seccomp = false;
};

/// Asks the kernel. Any process, any thread.
[[nodiscard]] KernelAbilities kernel_abilities();

/// "this kernel has Landlock ABI 2", or why it has none: the end of an error's sentence.
[[nodiscard]] std::string landlock_words(const KernelAbilities& abilities);

}  // namespace kamexec::process

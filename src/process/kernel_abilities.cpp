// SPDX-License-Identifier: GPL-2.0-or-later
#include "process/kernel_abilities.h"

#include <linux/seccomp.h>
#include <unistd.h>

#include <cerrno>

#include "base/error.h"
#include "process/landlock.h"

namespace kamexec::process {

KernelAbilities kernel_abilities() {
  KernelAbilities abilities;
  const long version =
      ::syscall(landlock::kCreateRulesetNumber, nullptr, 0UL, landlock::kCreateRulesetVersion);
  if (version > 0) {
    abilities.landlock_abi = static_cast<int>(version);
  } else {
    abilities.landlock_errno = errno;
  }
  const std::uint32_t errors = SECCOMP_RET_ERRNO;
  abilities.seccomp = ::syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0U, &errors) == 0;
  return abilities;
}

std::string landlock_words(const KernelAbilities& abilities) {
  if (abilities.landlock_abi > 0) {
    return "this kernel has Landlock ABI " + std::to_string(abilities.landlock_abi);
  }
  std::string words = "this kernel has no Landlock";
  switch (abilities.landlock_errno) {
    case 0:
      return words;
    case ENOSYS:
      return words + " (it is older than 5.13, or was built without it)";
    case EOPNOTSUPP:
      return words + " (it was turned off when the machine started: add landlock to the kernel's " +
             "parameter lsm=)";
    default:
      return system_error(words + " for this process (a container may refuse it)",
                          abilities.landlock_errno)
          .message;
  }
}

}  // namespace kamexec::process

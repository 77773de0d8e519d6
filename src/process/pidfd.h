// SPDX-License-Identifier: GPL-2.0-or-later
// The kernel's pidfd calls, which glibc offers only from 2.36 on. See pidfd_open(2),
// pidfd_send_signal(2), waitid(2). A pidfd names one process for ever: no reuse of its number.
#pragma once

#include <sys/types.h>

#include "base/unique_fd.h"

namespace kamexec::process {

/// A pidfd of @p pid, close-on-exec; invalid when there is no such process or no descriptor (errno
/// tells which).
[[nodiscard]] UniqueFd open_pidfd(pid_t pid);

/// A child of this process, by its pidfd; by its number where the kernel gives none (a sandbox that
/// refuses them), which is the child's own until we reap it.
struct ChildRef {
  pid_t pid = 0;   ///< 0: no child
  int pidfd = -1;  ///< the owner's; -1: none
};

/// Such a child, with its pidfd.
struct Child {
  pid_t pid = 0;
  UniqueFd pidfd;

  [[nodiscard]] ChildRef ref() const { return {pid, pidfd.get()}; }
};

/// True while the process is a child of this process and not reaped, running or not: for so long
/// its number can't become another's. True too where waitid(2) is refused, so that it can't be
/// asked: the caller mustn't ask for one that it has reaped itself.
[[nodiscard]] bool is_unreaped_child(const ChildRef& child);

/// 0, or the errno. ESRCH: the process has ended and was reaped.
[[nodiscard]] int send_signal(int pidfd, int signal);

/// How a child ended.
struct ChildExit {
  enum class State {
    running,  ///< not ended yet
    ended,    ///< and reaped, where that was asked for
    unknown,  ///< somebody else has taken its status (or SIGCHLD is ignored), or see system_errno
  };
  State state = State::running;
  int exit_status = -1;  ///< of a program that exited, else -1
  int signal = 0;        ///< that ended it, else 0
  int system_errno =
      0;  ///< why it is unknown: ECHILD as said there, else the kernel can't be asked
};

/// Reaps the child without waiting.
[[nodiscard]] ChildExit reap(const ChildRef& child);
/// The same without reaping it: its number, and its group's, stay ours.
[[nodiscard]] ChildExit peek_exit(const ChildRef& child);

}  // namespace kamexec::process

// SPDX-License-Identifier: GPL-2.0-or-later
// The kernel's pidfd calls, which glibc offers only from 2.36 on. See pidfd_open(2),
// pidfd_send_signal(2), waitid(2). A pidfd names one process for ever: no reuse of its number.
#pragma once

#include <sys/types.h>

#include "base/unique_fd.h"

namespace kamexec {

/// A pidfd of @p pid, close-on-exec; invalid when there is no such process or no descriptor (errno
/// tells which).
[[nodiscard]] UniqueFd open_pidfd(pid_t pid);

/// True while the process is a child of this process and not reaped, running or not: for so long
/// its number can't become another's.
[[nodiscard]] bool is_unreaped_child(int pidfd);

/// 0, or the errno. ESRCH: the process has ended and was reaped.
[[nodiscard]] int send_signal(int pidfd, int signal);

/// How a child ended.
struct ChildExit {
  enum class State {
    running,  ///< not ended yet
    ended,    ///< and reaped, where that was asked for
    unknown,  ///< ended, but somebody else has taken its status (or SIGCHLD is ignored)
  };
  State state = State::running;
  int exit_status = -1;  ///< of a program that exited, else -1
  int signal = 0;        ///< that ended it, else 0
};

/// Reaps the child without waiting.
[[nodiscard]] ChildExit reap(int pidfd);
/// The same without reaping it: its number, and its group's, stay ours.
[[nodiscard]] ChildExit look_at_exit(int pidfd);

}  // namespace kamexec

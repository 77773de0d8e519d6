// SPDX-License-Identifier: GPL-2.0-or-later
#include "process/pidfd.h"

#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

namespace kamexec {
namespace {

constexpr auto by_pidfd = static_cast<idtype_t>(3);  // P_PIDFD, an enumerator from glibc 2.36 on

}  // namespace

UniqueFd open_pidfd(pid_t pid) {
  return UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
}

bool is_unreaped_child(int pidfd) {
  siginfo_t unused{};
  return ::waitid(by_pidfd, static_cast<id_t>(pidfd), &unused, WEXITED | WNOHANG | WNOWAIT) == 0;
}

int send_signal(int pidfd, int signal) {
  return ::syscall(SYS_pidfd_send_signal, pidfd, signal, nullptr, 0) == 0 ? 0 : errno;
}

namespace {

ChildExit exit_of(int pidfd, int options) {
  siginfo_t info{};  // si_pid stays 0 where the child still runs
  int result;
  do
    result = ::waitid(by_pidfd, static_cast<id_t>(pidfd), &info, WEXITED | WNOHANG | options);
  while (result < 0 && errno == EINTR);

  ChildExit exit;
  if (result < 0) {
    exit.state = ChildExit::State::unknown;
  } else if (info.si_pid != 0) {
    exit.state = ChildExit::State::ended;
    if (info.si_code == CLD_EXITED)
      exit.exit_status = info.si_status;
    else
      exit.signal = info.si_status;
  }
  return exit;
}

}  // namespace

ChildExit reap(int pidfd) {
  return exit_of(pidfd, 0);
}

ChildExit look_at_exit(int pidfd) {
  return exit_of(pidfd, WNOWAIT);
}

}  // namespace kamexec

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

namespace kamexec::process {
namespace {

constexpr auto kByPidfd = static_cast<idtype_t>(3);  // P_PIDFD, an enumerator from glibc 2.36 on

/// waitid(2) for a child; 0, or the errno. By its number where it has no pidfd, and where the
/// kernel (before 5.4) or a sandbox doesn't take one here.
int wait_id(const ChildRef& child, int options, siginfo_t& info) {
  if (child.pid <= 0) {
    return ECHILD;
  }
  const auto ask = [&](idtype_t type, int id) {
    int result;
    do {
      result = ::waitid(type, static_cast<id_t>(id), &info, options);
    } while (result < 0 && errno == EINTR);
    return result == 0 ? 0 : errno;
  };
  const int error = child.pidfd >= 0 ? ask(kByPidfd, child.pidfd) : EBADF;
  return error == 0 || error == ECHILD ? error : ask(P_PID, child.pid);
}

/// For a sandbox that refuses waitid(2) but not what is older; it can only reap.
int wait_old_way(pid_t pid, siginfo_t& info) {
  int status = 0;
  pid_t got;
  do {
    got = ::waitpid(pid, &status, WNOHANG);
  } while (got < 0 && errno == EINTR);
  if (got < 0) {
    return errno;
  }
  info.si_pid = got;
  info.si_code = WIFEXITED(status) ? CLD_EXITED : CLD_KILLED;
  info.si_status = WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status);
  return 0;
}

ChildExit exit_of(const siginfo_t& info, int error) {
  ChildExit exit;
  if (error != 0) {
    exit.state = ChildExit::State::unknown;
    exit.system_errno = error;
  } else if (info.si_pid != 0) {  // stays 0 where the child still runs
    exit.state = ChildExit::State::ended;
    if (info.si_code == CLD_EXITED) {
      exit.exit_status = info.si_status;
    } else {
      exit.signal = info.si_status;
    }
  }
  return exit;
}

}  // namespace

UniqueFd open_pidfd(pid_t pid) {
  return UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
}

bool is_unreaped_child(const ChildRef& child) {
  siginfo_t unused{};
  return wait_id(child, WEXITED | WNOHANG | WNOWAIT, unused) != ECHILD;
}

int send_signal(int pidfd, int signal) {
  return ::syscall(SYS_pidfd_send_signal, pidfd, signal, nullptr, 0) == 0 ? 0 : errno;
}

ChildExit reap(const ChildRef& child) {
  siginfo_t info{};
  int error = wait_id(child, WEXITED | WNOHANG, info);
  if (error != 0 && error != ECHILD) {
    error = wait_old_way(child.pid, info);
  }
  return exit_of(info, error);
}

ChildExit peek_exit(const ChildRef& child) {
  siginfo_t info{};
  const int error = wait_id(child, WEXITED | WNOHANG | WNOWAIT, info);
  return exit_of(info, error);
}

}  // namespace kamexec::process

// SPDX-License-Identifier: GPL-2.0-or-later
#include "process/child_setup.h"

#include <fcntl.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>

#include <cerrno>

#include "process/landlock.h"

#ifndef SYS_close_range
#define SYS_close_range 436
#endif

namespace kamexec::process {
namespace {

// syscall(2) sets errno, which is the parent's here; spawn() saves and restores it.

constexpr int kFirstExtra = 3;
constexpr long kErnelSigsetSize = (_NSIG - 1) / 8;

[[noreturn]] void fail(ChildSetup& setup, SetupStep step, int error) {
  setup.failed_errno = error;
  setup.failed_step = step;
  for (;;) {
    ::syscall(SYS_exit_group, 127);
  }
}

/// The whole of this process, which has one thread.
bool join_cgroup(int cgroup) {
  const long file = ::syscall(SYS_openat, cgroup, "cgroup.procs", O_WRONLY | O_CLOEXEC);
  return file >= 0 && ::syscall(SYS_write, file, "0", 1) == 1;
}

void reset_dispositions() {
  // execve resets handlers but keeps what is ignored, and a handler must not run in here either. An
  // all-zero sigaction is SIG_DFL in every kernel layout; SIGKILL and SIGSTOP refuse, rightly.
  const unsigned long long by_default[8] = {};
  for (int signal = 1; signal < _NSIG; ++signal) {
    ::syscall(SYS_rt_sigaction, signal, by_default, nullptr, kErnelSigsetSize);
  }
}

void unblock_signals() {
  const unsigned long long none[2] = {};
  ::syscall(SYS_rt_sigprocmask, SIG_SETMASK, none, nullptr, kErnelSigsetSize);
}

bool set_streams(const ChildSetup& setup) {
  for (int number = 0; number < kFirstExtra; ++number) {
    const int from = setup.streams[number];
    // dup3 refuses equal numbers and would leave close-on-exec set.
    const long result = from == number ? ::syscall(SYS_fcntl, number, F_SETFD, 0)
                                       : ::syscall(SYS_dup3, from, number, 0);
    if (result < 0) {
      return false;
    }
  }
  return true;
}

/// The kernel's record of getdents64(2).
struct DirectoryEntry {
  unsigned long long inode;
  long long offset;
  unsigned short length;
  unsigned char type;
  char name[1];
};

int descriptor_number(const char* name) {
  int number = 0;
  for (; *name != '\0'; ++name) {
    if (*name < '0' || *name > '9') {
      return -1;
    }
    number = number * 10 + (*name - '0');
  }
  return number;
}

bool close_listed(int first) {
  const long directory = ::syscall(SYS_openat, AT_FDCWD, "/proc/self/fd", O_RDONLY | O_DIRECTORY);
  if (directory < 0) {
    return false;
  }
  alignas(8) char buffer[2048];
  bool closed_any = true;
  // Closing while reading may skip entries: read again until there is nothing to close.
  for (int pass = 0; closed_any && pass < 1000; ++pass) {
    closed_any = false;
    ::syscall(SYS_lseek, directory, 0L, SEEK_SET);
    long size;
    while ((size = ::syscall(SYS_getdents64, directory, buffer, sizeof buffer)) > 0) {
      for (long at = 0; at < size;) {
        const auto* entry = reinterpret_cast<const DirectoryEntry*>(buffer + at);
        const int number = descriptor_number(entry->name);
        if (number >= first && number != directory) {
          ::syscall(SYS_close, number);
          closed_any = true;
        }
        at += entry->length;
      }
    }
  }
  ::syscall(SYS_close, directory);
  return true;
}

void close_counted(int first) {
  constexpr unsigned long kMost = 1UL << 20;
  unsigned long long limit[2] = {};  // rlimit64: soft, hard
  const bool known = ::syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, nullptr, limit) == 0;
  const unsigned long end =
      known && limit[0] < kMost ? static_cast<unsigned long>(limit[0]) : kMost;
  for (auto number = static_cast<unsigned long>(first); number < end; ++number) {
    ::syscall(SYS_close, number);
  }
}

/// All but the standard streams and the ruleset, which becomes the first of the others.
void close_extra(ChildSetup& setup) {
  int first = kFirstExtra;
  if (setup.ruleset >= 0) {
    if (setup.ruleset != first && ::syscall(SYS_dup3, setup.ruleset, first, O_CLOEXEC) < 0) {
      fail(setup, SetupStep::landlock, errno);
    }
    setup.ruleset = first++;
  }
  if (setup.try_close_range && ::syscall(SYS_close_range, first, ~0U, 0) == 0) {
    return;
  }
  if (!close_listed(first)) {  // no /proc
    close_counted(first);
  }
}

// Where there are two forms of a call, the other one is of 16-bit ids.
#ifdef SYS_setgroups32
constexpr long kSetgroupsNumber = SYS_setgroups32;
constexpr long kSetresgidNumber = SYS_setresgid32;
constexpr long kSetresuidNumber = SYS_setresuid32;
#else
constexpr long kSetgroupsNumber = SYS_setgroups;
constexpr long kSetresgidNumber = SYS_setresgid;
constexpr long kSetresuidNumber = SYS_setresuid;
#endif

void set_limits(ChildSetup& setup) {
  for (int i = 0; i < setup.limit_count; ++i) {
    const KernelLimit& limit = setup.limits[i];
    const unsigned long long both[2] = {limit.soft, limit.hard};  // rlimit64
    if (::syscall(SYS_prlimit64, 0, limit.resource, both, nullptr) < 0) {
      fail(setup, SetupStep::resource_limits, errno);
    }
  }
}

/// Where the host runs under such a limit, it keeps that one: what can't be marked is found by its
/// environment.
void set_marker(const ChildSetup& setup) {
  constexpr unsigned long long kUnlimited = ~0ULL;
  unsigned long long limit[2] = {};  // rlimit64
  if (setup.marker_limit == 0 || ::syscall(SYS_prlimit64, 0, RLIMIT_RTTIME, nullptr, limit) < 0 ||
      limit[1] != kUnlimited) {
    return;
  }
  limit[1] = setup.marker_limit;
  if (limit[0] > limit[1]) {
    limit[0] = limit[1];
  }
  ::syscall(SYS_prlimit64, 0, RLIMIT_RTTIME, limit, nullptr);
}

/// The calls themselves, not the C library's functions: those look into this memory for a list of
/// threads whose ids they change too (nptl(7)), and find the parent's there.
void set_identity(ChildSetup& setup) {
  if (::syscall(kSetgroupsNumber, setup.group_count, setup.groups) < 0 ||
      ::syscall(kSetresgidNumber, setup.group, setup.group, setup.group) < 0) {
    fail(setup, SetupStep::groups, errno);
  }
  if (::syscall(kSetresuidNumber, setup.user, setup.user, setup.user) < 0) {
    fail(setup, SetupStep::user, errno);
  }
}

/// As late as possible: what is kept from the program is kept from us, too.
void put_on_sandbox(ChildSetup& setup) {
  if (setup.no_new_privileges && ::syscall(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) {
    fail(setup, SetupStep::no_new_privileges, errno);
  }
  if (setup.ruleset >= 0 && ::syscall(landlock::kRestrictSelfNumber, setup.ruleset, 0) < 0) {
    fail(setup, SetupStep::landlock, errno);
  }
  if (setup.filter != nullptr &&
      ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, setup.filter) < 0) {
    fail(setup, SetupStep::system_call_filter, errno);
  }
}

}  // namespace

int child_main(void* argument) {
  ChildSetup& setup = *static_cast<ChildSetup*>(argument);
  reset_dispositions();
  if (setup.join_cgroup >= 0 && !join_cgroup(setup.join_cgroup)) {
    fail(setup, SetupStep::cgroup, errno);
  }
  if (::syscall(SYS_setpgid, 0, 0) < 0) {
    fail(setup, SetupStep::process_group, errno);
  }
  if (!set_streams(setup)) {
    fail(setup, SetupStep::streams, errno);
  }
  close_extra(setup);
  // After the descriptors, of which there may be more than the limit; before the user is another,
  // who may not raise one.
  set_limits(setup);
  set_marker(setup);
  // With the host's rights, too; as late as they allow, because the host waits for execve.
  if (setup.set_nice && ::syscall(SYS_setpriority, PRIO_PROCESS, 0, setup.nice) < 0) {
    fail(setup, SetupStep::nice, errno);
  }
  // Before the death signal, which a change of credentials clears; the directory must be one that
  // the new user may enter.
  if (setup.set_identity) {
    set_identity(setup);
  }
  // A host that has them for its own work would hand them on (capabilities(7)). EINVAL: a kernel
  // before 4.3 has none.
  if (setup.clear_ambient) {
    ::syscall(SYS_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  }
  if (setup.working_directory != nullptr && ::syscall(SYS_chdir, setup.working_directory) < 0) {
    fail(setup, SetupStep::working_directory, errno);
  }

  // A backstop for a parent that is killed outright; it also may have died before it was asked for.
  // A parent outside of our pid namespace shows as 0.
  ::syscall(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  const long parent = ::syscall(SYS_getppid);
  if (parent != setup.parent && parent != 0) {
    fail(setup, SetupStep::parent_gone, ESRCH);
  }

  unblock_signals();
  put_on_sandbox(setup);
  ::syscall(SYS_execve, setup.program, setup.argv, setup.environment);
  int error = errno;
  if (error == ENOEXEC) {
    ::syscall(SYS_execve, setup.shell_argv[0], setup.shell_argv, setup.environment);
    error = errno;
  }
  fail(setup, SetupStep::execute, error);
}

}  // namespace kamexec::process

// SPDX-License-Identifier: GPL-2.0-or-later
// Other processes of the same user: signalled, slowed, read, entered.
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attack.h"

#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#define SYS_pidfd_open 434
#endif
#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif

static pid_t pid_of(char** arguments) {
  return (pid_t)atoi(arguments[0]);
}

static Refused send_kill(char** arguments) {
  return kill(pid_of(arguments), SIGKILL) == 0 ? NULL : "kill";
}

static Refused send_tgkill(char** arguments) {
  const pid_t pid = pid_of(arguments);
  return syscall(SYS_tgkill, pid, pid, SIGKILL) == 0 ? NULL : "tgkill";
}

static Refused send_queued(char** arguments) {
  return sigqueue(pid_of(arguments), SIGKILL, (union sigval){0}) == 0 ? NULL : "sigqueue";
}

static Refused send_by_pidfd(char** arguments) {
  const int process = (int)syscall(SYS_pidfd_open, pid_of(arguments), 0);
  if (process < 0) {
    return "pidfd_open";
  }
  return syscall(SYS_pidfd_send_signal, process, SIGKILL, NULL, 0) == 0 ? NULL
                                                                        : "pidfd_send_signal";
}

/// The kernel signals the owner of a descriptor where it becomes readable; whoever writes picks the
/// owner and the signal. Only the victim's end tells whether it worked.
static Refused send_as_owner(char** arguments) {
  int ends[2];
  if (pipe(ends) != 0) {
    return "pipe";
  }
  if (fcntl(ends[0], F_SETOWN, pid_of(arguments)) != 0) {
    return "F_SETOWN";
  }
  if (fcntl(ends[0], F_SETSIG, SIGKILL) != 0) {
    return "F_SETSIG";
  }
  if (fcntl(ends[0], F_SETFL, O_ASYNC | O_NONBLOCK) != 0) {
    return "F_SETFL";
  }
  return write(ends[1], "x", 1) == 1 ? NULL : "write";
}

/// A server that may open no more files, or use no more processor time, is as good as ended.
static Refused lower_limit(char** arguments) {
  const struct rlimit none = {0, 0};
  return prlimit(pid_of(arguments), RLIMIT_CORE, &none, NULL) == 0 ? NULL : "prlimit";
}

static Refused lower_priority(char** arguments) {
  return setpriority(PRIO_PROCESS, (id_t)pid_of(arguments), 19) == 0 ? NULL : "setpriority";
}

static Refused change_scheduler(char** arguments) {
  const struct sched_param parameter = {0};
  return sched_setscheduler(pid_of(arguments), SCHED_IDLE, &parameter) == 0 ? NULL
                                                                            : "sched_setscheduler";
}

/// To one processor.
static Refused change_affinity(char** arguments) {
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(0, &one);
  return sched_setaffinity(pid_of(arguments), sizeof one, &one) == 0 ? NULL : "sched_setaffinity";
}

/// To the idle class of the disks (linux/ioprio.h).
static Refused change_disk_priority(char** arguments) {
  enum { of_process = 1, idle_class = 3 << 13 };
  return syscall(SYS_ioprio_set, of_process, pid_of(arguments), idle_class) == 0 ? NULL
                                                                                 : "ioprio_set";
}

/// By a process that ends at once, which lets go of the other one: a worker lives on, and the next
/// signal would stop the server for good.
static Refused trace(char** arguments) {
  const pid_t pid = pid_of(arguments);
  const pid_t child = fork();
  if (child == 0) {
    _exit(ptrace(PTRACE_SEIZE, pid, NULL, NULL) == 0 ? 0 : errno);
  }
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status)) {
    return "fork";
  }
  errno = WEXITSTATUS(status);
  return errno == 0 ? NULL : "ptrace";
}

/// EFAULT: nothing is at that address, but the right to read there was given.
static Refused read_memory(char** arguments) {
  char byte;
  const struct iovec to = {&byte, 1};
  const struct iovec from = {(void*)4096, 1};
  const ssize_t count = process_vm_readv(pid_of(arguments), &to, 1, &from, 1, 0);
  return count >= 0 || errno == EFAULT ? NULL : "process_vm_readv";
}

static Refused open_of_process(const char* pid, const char* name, int flags) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%s/%s", pid, name);
  return open(path, flags | O_CLOEXEC) >= 0 ? NULL : "open";
}

static Refused write_memory(char** arguments) {
  return open_of_process(arguments[0], "mem", O_RDWR);
}

static Refused open_descriptor(char** arguments) {
  return open_of_process(arguments[0], "fd/0", O_RDONLY);
}

static Refused take_descriptor(char** arguments) {
  const int process = (int)syscall(SYS_pidfd_open, pid_of(arguments), 0);
  if (process < 0) {
    return "pidfd_open";
  }
  return syscall(SYS_pidfd_getfd, process, 0, 0) >= 0 ? NULL : "pidfd_getfd";
}

const Attack process_attacks[] = {
    {"kill", 1, send_kill},
    {"tgkill", 1, send_tgkill},
    {"sigqueue", 1, send_queued},
    {"pidfd-signal", 1, send_by_pidfd},
    {"owner-signal", 1, send_as_owner},
    {"lower-limit", 1, lower_limit},
    {"lower-priority", 1, lower_priority},
    {"change-scheduler", 1, change_scheduler},
    {"change-affinity", 1, change_affinity},
    {"change-disk-priority", 1, change_disk_priority},
    {"trace", 1, trace},
    {"read-memory", 1, read_memory},
    {"write-memory", 1, write_memory},
    {"open-descriptor", 1, open_descriptor},
    {"take-descriptor", 1, take_descriptor},
    {NULL, 0, NULL},
};

// SPDX-License-Identifier: GPL-2.0-or-later
// After systemd's group @system-service (systemd-analyze syscall-filter), which services of all
// kinds run under. Not taken from there: keys of the kernel, io_uring (its operations are no system
// calls, so that no filter sees them), namespaces, other processes' memory, priorities and
// processors, userfaultfd, personalities, and the shared memory, semaphores and message queues of
// System V and POSIX, by which programs reach others of the same user.
#include "process/system_call_list.h"

namespace kamexec::process {
namespace {

constexpr const char* kAllowed[] = {
    // Its own memory, time, identity and threads.
    "arch_prctl", "brk", "cacheflush", "clock_getres", "clock_getres_time64", "clock_gettime",
    "clock_gettime64", "clock_nanosleep", "clock_nanosleep_time64", "futex", "futex_time64",
    "futex_waitv", "get_mempolicy", "get_robust_list", "get_thread_area", "getcpu", "getegid",
    "getegid32", "geteuid", "geteuid32", "getgid", "getgid32", "getgroups", "getgroups32",
    "getpgid", "getpgrp", "getpid", "getppid", "getpriority", "getrandom", "getresgid",
    "getresgid32", "getresuid", "getresuid32", "getrlimit", "getrusage", "getsid", "gettid",
    "gettimeofday", "getuid", "getuid32", "ioprio_get", "madvise", "membarrier", "mincore", "mlock",
    "mlock2", "mlockall", "mmap", "mmap2", "mprotect", "mremap", "msync", "munlock", "munlockall",
    "munmap", "nanosleep", "olduname", "oldolduname", "pause", "pkey_alloc", "pkey_free",
    "pkey_mprotect", "prctl", "prlimit64", "remap_file_pages", "restart_syscall",
    "riscv_flush_icache", "rseq", "sched_get_priority_max", "sched_get_priority_min",
    "sched_getaffinity", "sched_getattr", "sched_getparam", "sched_getscheduler",
    "sched_rr_get_interval", "sched_rr_get_interval_time64", "sched_yield", "set_robust_list",
    "set_thread_area", "set_tid_address", "set_tls", "setrlimit", "swapcontext", "sysinfo", "time",
    "times", "ugetrlimit", "umask", "uname",
    // Processes. Of clone, whatever makes no namespace: system_call_filter() refuses the rest.
    "capget", "capset", "clone", "execve", "execveat", "exit", "exit_group", "fork", "kill",
    "pidfd_open", "pidfd_send_signal", "rt_sigqueueinfo", "rt_tgsigqueueinfo", "setfsgid",
    "setfsgid32", "setfsuid", "setfsuid32", "setgid", "setgid32", "setgroups", "setgroups32",
    "setpgid", "setregid", "setregid32", "setresgid", "setresgid32", "setresuid", "setresuid32",
    "setreuid", "setreuid32", "setsid", "setuid", "setuid32", "tgkill", "tkill", "vfork", "wait4",
    "waitid", "waitpid",
    // Signals and timers.
    "alarm", "getitimer", "rt_sigaction", "rt_sigpending", "rt_sigprocmask", "rt_sigreturn",
    "rt_sigsuspend", "rt_sigtimedwait", "rt_sigtimedwait_time64", "setitimer", "sigaction",
    "sigaltstack", "signal", "signalfd", "signalfd4", "sigpending", "sigprocmask", "sigreturn",
    "sigsuspend", "timer_create", "timer_delete", "timer_getoverrun", "timer_gettime",
    "timer_gettime64", "timer_settime", "timer_settime64", "timerfd_create", "timerfd_gettime",
    "timerfd_gettime64", "timerfd_settime", "timerfd_settime64",
    // Files and pipes. Which ones is the matter of sandbox=files.
    "_llseek", "access", "arm_fadvise64_64", "chdir", "chmod", "chown", "chown32", "close",
    "close_range", "copy_file_range", "creat", "dup", "dup2", "dup3", "faccessat", "faccessat2",
    "fadvise64", "fadvise64_64", "fallocate", "fchdir", "fchmod", "fchmodat", "fchown", "fchown32",
    "fchownat", "fcntl", "fcntl64", "fdatasync", "fgetxattr", "flistxattr", "flock", "fremovexattr",
    "fsetxattr", "fstat", "fstat64", "fstatat64", "fstatfs", "fstatfs64", "fsync", "ftruncate",
    "ftruncate64", "futimesat", "getcwd", "getdents", "getdents64", "getxattr", "inotify_add_watch",
    "inotify_init", "inotify_init1", "inotify_rm_watch", "ioctl", "lchown", "lchown32", "lgetxattr",
    "link", "linkat", "listxattr", "llistxattr", "lremovexattr", "lseek", "lsetxattr", "lstat",
    "lstat64", "memfd_create", "mkdir", "mkdirat", "mknod", "mknodat", "newfstatat", "oldfstat",
    "oldlstat", "oldstat", "open", "openat", "openat2", "pipe", "pipe2", "pread64", "preadv",
    "preadv2", "pwrite64", "pwritev", "pwritev2", "read", "readahead", "readdir", "readlink",
    "readlinkat", "readv", "removexattr", "rename", "renameat", "renameat2", "rmdir", "sendfile",
    "sendfile64", "setxattr", "splice", "stat", "stat64", "statfs", "statfs64", "statx", "symlink",
    "symlinkat", "sync", "sync_file_range", "sync_file_range2", "syncfs", "tee", "truncate",
    "truncate64", "unlink", "unlinkat", "utime", "utimensat", "utimensat_time64", "utimes",
    "vmsplice", "write", "writev",
    // Waiting for them.
    "_newselect", "epoll_create", "epoll_create1", "epoll_ctl", "epoll_ctl_old", "epoll_pwait",
    "epoll_pwait2", "epoll_wait", "epoll_wait_old", "eventfd", "eventfd2", "io_cancel",
    "io_destroy", "io_getevents", "io_pgetevents", "io_pgetevents_time64", "io_setup", "io_submit",
    "poll", "ppoll", "ppoll_time64", "pselect6", "pselect6_time64", "select",
    // Sockets. Which ones is the matter of sandbox=network.
    "accept", "accept4", "bind", "connect", "getpeername", "getsockname", "getsockopt", "listen",
    "recv", "recvfrom", "recvmmsg", "recvmmsg_time64", "recvmsg", "send", "sendmmsg", "sendmsg",
    "sendto", "setsockopt", "shutdown", "socket", "socketcall", "socketpair",
    // What takes further rights away.
    "landlock_add_rule", "landlock_create_ruleset", "landlock_restrict_self", "seccomp"};

}  // namespace

std::span<const char* const> allowed_system_calls() {
  return kAllowed;
}

}  // namespace kamexec::process

// SPDX-License-Identifier: GPL-2.0-or-later
// More rights, and parts of the kernel that no ordinary program needs.
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/io_uring.h>
#include <linux/keyctl.h>
#include <linux/perf_event.h>
#include <linux/sched.h>
#include <linux/userfaultfd.h>
#include <mqueue.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attack.h"

/// In a child, which ends with the errno, or 0.
static Refused in_child(int (*step)(void), const char* name) {
  int status = 0;
  const pid_t child = fork();
  if (child == 0) {
    _exit(step() == 0 ? 0 : errno);
  }
  if (child < 0 || waitpid(child, &status, 0) < 0) {
    return "fork";
  }
  errno = WIFEXITED(status) ? WEXITSTATUS(status) : EPERM;
  return errno == 0 ? NULL : name;
}

// --- more rights ---

static Refused is_root(char** arguments) {
  (void)arguments;
  errno = EPERM;
  return geteuid() == 0 ? NULL : "geteuid";
}

/// Runs a copy of this program that is root's and setuid.
static Refused run_setuid(char** arguments) {
  int status = 0;
  const pid_t child = fork();
  if (child == 0) {
    close(1);
    if (open("/dev/null", O_WRONLY) == 1) {
      execl(arguments[0], arguments[0], "is-root", (char*)NULL);
    }
    _exit(126);
  }
  if (child < 0 || waitpid(child, &status, 0) < 0) {
    return "fork";
  }
  errno = WIFEXITED(status) && WEXITSTATUS(status) == 126 ? EACCES : EPERM;
  return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? NULL : "setuid program";
}

static int unshare_users(void) {
  return unshare(CLONE_NEWUSER);
}
static Refused user_namespace(char** arguments) {
  (void)arguments;
  return in_child(unshare_users, "unshare");
}

static int clone_users(void) {
  const long child = syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, NULL, NULL, NULL, NULL);
  if (child == 0) {
    _exit(0);
  }
  return child > 0 ? 0 : -1;
}
static Refused clone_namespace(char** arguments) {
  (void)arguments;
  return in_child(clone_users, "clone");
}

static int clone3_users(void) {
  struct clone_args given = {.flags = CLONE_NEWUSER, .exit_signal = SIGCHLD};
  const long child = syscall(SYS_clone3, &given, sizeof given);
  if (child == 0) {
    _exit(0);
  }
  return child > 0 ? 0 : -1;
}
static Refused clone3_namespace(char** arguments) {
  (void)arguments;
  return in_child(clone3_users, "clone3");
}

static Refused enter_namespace(char** arguments) {
  const int process = (int)syscall(SYS_pidfd_open, atoi(arguments[0]), 0);
  if (process < 0) {
    return "pidfd_open";
  }
  return setns(process, CLONE_NEWUTS) == 0 ? NULL : "setns";
}

static Refused mount_on(char** arguments) {
  return mount("tmpfs", arguments[0], "tmpfs", 0, "size=64k") == 0 ? NULL : "mount";
}

static Refused change_root(char** arguments) {
  return chroot(arguments[0]) == 0 ? NULL : "chroot";
}

/// A file by its inode, not by a path.
static Refused open_by_handle(char** arguments) {
  struct {
    struct file_handle head;
    unsigned char bytes[MAX_HANDLE_SZ];
  } file = {.head = {.handle_bytes = MAX_HANDLE_SZ}};
  int mount_id;
  if (name_to_handle_at(AT_FDCWD, arguments[0], &file.head, &mount_id, 0) != 0) {
    return "name_to_handle_at";
  }
  const int mounted = open(own_path, O_RDONLY | O_CLOEXEC);  // on the same file system
  return open_by_handle_at(mounted, &file.head, O_RDONLY) >= 0 ? NULL : "open_by_handle_at";
}

// --- parts of the kernel ---

/// A socket that is made by a ring of requests, not by socket(2): what a filter of system calls
/// does not see (io_uring(7)).
static Refused ring_socket(char** arguments) {
  (void)arguments;
  struct io_uring_params parameters = {0};
  const int ring = (int)syscall(SYS_io_uring_setup, 1, &parameters);
  if (ring < 0) {
    return "io_uring_setup";
  }
  const size_t submitted_size = parameters.sq_off.array + parameters.sq_entries * sizeof(unsigned);
  const size_t done_size =
      parameters.cq_off.cqes + parameters.cq_entries * sizeof(struct io_uring_cqe);
  char* const submitted = mmap(NULL, submitted_size, PROT_READ | PROT_WRITE,
                               MAP_SHARED | MAP_POPULATE, ring, IORING_OFF_SQ_RING);
  char* const done = mmap(NULL, done_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring,
                          IORING_OFF_CQ_RING);
  struct io_uring_sqe* const entry = mmap(NULL, sizeof *entry, PROT_READ | PROT_WRITE,
                                          MAP_SHARED | MAP_POPULATE, ring, IORING_OFF_SQES);
  if (submitted == MAP_FAILED || done == MAP_FAILED || entry == MAP_FAILED) {
    return "mmap";
  }
  memset(entry, 0, sizeof *entry);
  entry->opcode = 45;  // IORING_OP_SOCKET, Linux 5.19
  entry->fd = AF_INET;
  entry->off = SOCK_STREAM;
  *(unsigned*)(submitted + parameters.sq_off.array) = 0;
  __atomic_store_n((unsigned*)(submitted + parameters.sq_off.tail), 1, __ATOMIC_RELEASE);
  if (syscall(SYS_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) < 0) {
    return "io_uring_enter";
  }
  const int result = ((struct io_uring_cqe*)(done + parameters.cq_off.cqes))->res;
  errno = result < 0 ? -result : 0;
  return result >= 0 ? NULL : "IORING_OP_SOCKET";
}

/// Something that stays in the kernel when the program is gone, for a minute here.
static Refused store_key(char** arguments) {
  (void)arguments;
  const long key = syscall(SYS_add_key, "user", "kamexec-attacker", "x", 1, KEY_SPEC_USER_KEYRING);
  if (key < 0) {
    return "add_key";
  }
  syscall(SYS_keyctl, KEYCTL_SET_TIMEOUT, key, 60);
  return NULL;
}

static Refused load_bpf(char** arguments) {
  (void)arguments;
  union bpf_attr map;
  memset(&map, 0, sizeof map);
  map.map_type = BPF_MAP_TYPE_ARRAY;
  map.key_size = 4;
  map.value_size = 4;
  map.max_entries = 1;
  return syscall(SYS_bpf, BPF_MAP_CREATE, &map, sizeof map) >= 0 ? NULL : "bpf";
}

static Refused watch_performance(char** arguments) {
  (void)arguments;
  struct perf_event_attr what;
  memset(&what, 0, sizeof what);
  what.size = sizeof what;
  what.type = PERF_TYPE_SOFTWARE;
  what.config = PERF_COUNT_SW_TASK_CLOCK;
  what.exclude_kernel = 1;
  return syscall(SYS_perf_event_open, &what, 0, -1, -1, 0) >= 0 ? NULL : "perf_event_open";
}

static Refused handle_faults(char** arguments) {
  (void)arguments;
#ifndef UFFD_USER_MODE_ONLY
#define UFFD_USER_MODE_ONLY 1
#endif
  return syscall(SYS_userfaultfd, O_CLOEXEC | UFFD_USER_MODE_ONLY) >= 0 ? NULL : "userfaultfd";
}

// --- memory and queues that programs share by a name, which is no path ---

static Refused attach_memory(char** arguments) {
  const int segment = shmget((key_t)atoi(arguments[0]), 0, 0);
  if (segment < 0) {
    return "shmget";
  }
  return shmat(segment, NULL, 0) != (void*)-1 ? NULL : "shmat";
}

static Refused open_queue(char** arguments) {
  return mq_open(arguments[0], O_RDWR) != (mqd_t)-1 ? NULL : "mq_open";
}

// What the two above find: not attacks, but made the same way.
static Refused make_memory(char** arguments) {
  return shmget((key_t)atoi(arguments[0]), 4096, IPC_CREAT | IPC_EXCL | 0600) >= 0 ? NULL
                                                                                   : "shmget";
}
static Refused remove_memory(char** arguments) {
  return shmctl(shmget((key_t)atoi(arguments[0]), 0, 0), IPC_RMID, NULL) == 0 ? NULL : "shmctl";
}
static Refused make_queue(char** arguments) {
  return mq_open(arguments[0], O_RDWR | O_CREAT | O_EXCL, 0600, NULL) != (mqd_t)-1 ? NULL
                                                                                   : "mq_open";
}
static Refused remove_queue(char** arguments) {
  return mq_unlink(arguments[0]) == 0 ? NULL : "mq_unlink";
}

const Attack kernel_attacks[] = {
    {"is-root", 0, is_root},
    {"setuid", 1, run_setuid},
    {"user-namespace", 0, user_namespace},
    {"clone-namespace", 0, clone_namespace},
    {"clone3-namespace", 0, clone3_namespace},
    {"enter-namespace", 1, enter_namespace},
    {"mount", 1, mount_on},
    {"change-root", 1, change_root},
    {"open-by-handle", 1, open_by_handle},
    {"ring", 0, ring_socket},
    {"store-key", 0, store_key},
    {"load-bpf", 0, load_bpf},
    {"watch-performance", 0, watch_performance},
    {"handle-faults", 0, handle_faults},
    {"attach-memory", 1, attach_memory},
    {"open-queue", 1, open_queue},
    {"make-memory", 1, make_memory},
    {"remove-memory", 1, remove_memory},
    {"make-queue", 1, make_queue},
    {"remove-queue", 1, remove_queue},
    {NULL, 0, NULL},
};

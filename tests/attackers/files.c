// SPDX-License-Identifier: GPL-2.0-or-later
// Files that are not the program's: read, run, changed, made, removed.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "attack.h"

extern char** environ;

static Refused read_path(const char* path) {
  char byte;
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    return "open";
  }
  const ssize_t count = read(file, &byte, 1);
  if (count == 0) {
    errno = ENODATA;
  }
  return count == 1 ? NULL : "read";
}

static Refused read_file(char** arguments) {
  return read_path(arguments[0]);
}

static Refused list(char** arguments) {
  DIR* directory = opendir(arguments[0]);
  return directory != NULL && readdir(directory) != NULL ? NULL : "opendir";
}

/// That it is there, how large it is, whose: no more than names.
static Refused look(char** arguments) {
  struct stat found;
  return stat(arguments[0], &found) == 0 ? NULL : "stat";
}

static Refused read_of_process(const char* pid, const char* name) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%s/%s", pid, name);
  return read_path(path);
}

static Refused read_environ(char** arguments) {
  return read_of_process(arguments[0], "environ");
}
static Refused read_command_line(char** arguments) {
  return read_of_process(arguments[0], "cmdline");
}

/// Whether a program ran in a child: it ends with 0.
static Refused ran(pid_t child) {
  int status = 0;
  if (child < 0) {
    return "fork";
  }
  if (waitpid(child, &status, 0) < 0) {
    return "waitpid";
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
    return NULL;
  }
  errno = WIFEXITED(status) ? WEXITSTATUS(status) : EPERM;  // the child's errno
  return "execve";
}

static Refused execute(char** arguments) {
  const pid_t child = fork();
  if (child == 0) {
    char* const words[] = {arguments[0], (char*)"--list", NULL};
    if (freopen("/dev/null", "w", stdout) != NULL) {
      execve(arguments[0], words, environ);
    }
    _exit(errno);
  }
  return ran(child);
}

/// Code that is no file: a copy of itself in memory.
static Refused execute_memory(char** arguments) {
  (void)arguments;
  static char block[1 << 16];
  const int from = open(own_path, O_RDONLY | O_CLOEXEC);
  const int copy = memfd_create("copy", MFD_CLOEXEC);
  if (from < 0 || copy < 0) {
    return from < 0 ? "open of itself" : "memfd_create";
  }
  for (ssize_t size; (size = read(from, block, sizeof block)) > 0;) {
    if (write(copy, block, (size_t)size) != size) {
      return "write";
    }
  }
  const pid_t child = fork();
  if (child == 0) {
    char* const words[] = {(char*)"copy", (char*)"--list", NULL};
    if (freopen("/dev/null", "w", stdout) != NULL) {
      execveat(copy, "", words, environ, AT_EMPTY_PATH);
    }
    _exit(errno);
  }
  return ran(child);
}

static Refused write_file(char** arguments) {
  const int file = open(arguments[0], O_WRONLY | O_CLOEXEC);
  if (file < 0) {
    return "open";
  }
  return write(file, "taken", 5) == 5 ? NULL : "write";
}

static Refused truncate_file(char** arguments) {
  return truncate(arguments[0], 0) == 0 ? NULL : "truncate";
}

/// For reading, which needs no right to write in Landlock before its ABI 3.
static Refused open_truncated(char** arguments) {
  return open(arguments[0], O_RDONLY | O_TRUNC | O_CLOEXEC) >= 0 ? NULL : "open";
}

static Refused create(char** arguments) {
  return open(arguments[0], O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600) >= 0 ? NULL : "open";
}

static Refused make_directory(char** arguments) {
  return mkdir(arguments[0], 0700) == 0 ? NULL : "mkdir";
}

static Refused make_fifo(char** arguments) {
  return mkfifo(arguments[0], 0600) == 0 ? NULL : "mknod";
}

/// A device of the kernel's under a name of its own: /dev/zero, which a real attacker would not
/// choose.
static Refused make_device(char** arguments) {
  if (mknod(arguments[0], S_IFCHR | 0600, makedev(1, 5)) != 0) {
    return "mknod";
  }
  return read_path(arguments[0]);
}

static Refused make_symlink(char** arguments) {
  return symlink("/etc/passwd", arguments[0]) == 0 ? NULL : "symlink";
}

static Refused remove_file(char** arguments) {
  return unlink(arguments[0]) == 0 ? NULL : "unlink";
}

static Refused rename_file(char** arguments) {
  return rename(arguments[0], arguments[1]) == 0 ? NULL : "rename";
}

static Refused link_file(char** arguments) {
  return link(arguments[0], arguments[1]) == 0 ? NULL : "link";
}

static Refused change_mode(char** arguments) {
  return chmod(arguments[0], 0666) == 0 ? NULL : "chmod";
}

static Refused change_owner(char** arguments) {
  return chown(arguments[0], getuid(), getgid()) == 0 ? NULL : "chown";
}

static Refused change_times(char** arguments) {
  const struct timespec long_ago[2] = {{1, 0}, {1, 0}};
  return utimensat(AT_FDCWD, arguments[0], long_ago, 0) == 0 ? NULL : "utimensat";
}

static Refused change_attribute(char** arguments) {
  return setxattr(arguments[0], "user.taken", "x", 1, 0) == 0 ? NULL : "setxattr";
}

const Attack file_attacks[] = {
    {"read", 1, read_file},
    {"list", 1, list},
    {"look", 1, look},
    {"read-environ", 1, read_environ},
    {"read-command-line", 1, read_command_line},
    {"execute", 1, execute},
    {"execute-memory", 0, execute_memory},
    {"write", 1, write_file},
    {"truncate", 1, truncate_file},
    {"open-truncated", 1, open_truncated},
    {"create", 1, create},
    {"make-directory", 1, make_directory},
    {"make-fifo", 1, make_fifo},
    {"make-device", 1, make_device},
    {"make-symlink", 1, make_symlink},
    {"remove", 1, remove_file},
    {"rename", 2, rename_file},
    {"link", 2, link_file},
    {"change-mode", 1, change_mode},
    {"change-owner", 1, change_owner},
    {"change-times", 1, change_times},
    {"change-attribute", 1, change_attribute},
    {NULL, 0, NULL},
};

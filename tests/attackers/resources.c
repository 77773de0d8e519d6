// SPDX-License-Identifier: GPL-2.0-or-later
// More than a program's share: memory, processes, time.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attack.h"

enum {
  most_processes = 200,
  most_megabytes = 300,
  life_seconds = 30,  // of a process that nobody ends
  parts = 3,
};

static void end_all(const pid_t* children, int count) {
  for (int i = 0; i < count; ++i) {
    kill(children[i], SIGKILL);
  }
  for (int i = 0; i < count; ++i) {
    waitpid(children[i], NULL, 0);
  }
}

/// Children that sleep, all at the same time.
static Refused fork_bomb(char** arguments) {
  pid_t children[most_processes];
  const int wanted = atoi(arguments[0]);
  int count = 0;
  for (; count < wanted && count < most_processes; ++count) {
    children[count] = fork();
    if (children[count] == 0) {
      alarm(life_seconds);
      for (;;) {
        pause();
      }
    }
    if (children[count] < 0) {
      break;
    }
  }
  const int error = errno;
  end_all(children, count);
  errno = error;
  return count == wanted ? NULL : "fork";
}

/// A child that holds so many megabytes, and tells when it does.
static void hold(int megabytes, int ready) {
  const size_t size = (size_t)megabytes << 20;
  alarm(life_seconds);
  char* const held = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (held == MAP_FAILED) {
    _exit(errno);
  }
  for (size_t at = 0; at < size; at += 4096) {
    held[at] = 1;
  }
  if (write(ready, "x", 1) == 1) {
    for (;;) {
      pause();
    }
  }
  _exit(1);
}

/// Several processes, so that no limit of a single one counts (getrlimit(2)).
static Refused memory_bomb(char** arguments) {
  pid_t children[parts];
  int ready[2];
  char byte;
  int count = 0;
  int told = 0;
  const int megabytes = atoi(arguments[0]);
  if (megabytes > most_megabytes || pipe(ready) != 0) {
    errno = E2BIG;
    return "memory";
  }
  for (; count < parts; ++count) {
    children[count] = fork();
    if (children[count] < 0) {
      break;
    }
    if (children[count] == 0) {
      close(ready[0]);
      hold(megabytes / parts, ready[1]);
    }
  }
  close(ready[1]);
  while (told < parts && read(ready[0], &byte, 1) == 1) {
    ++told;
  }
  end_all(children, count);
  errno = ENOMEM;
  return told == parts ? NULL : "memory";
}

// --- beyond the end of its call ---

/// The program that stays: nothing but a name by which the test finds it.
static Refused survive(char** arguments) {
  (void)arguments;
  alarm(life_seconds);
  while (pause() < 0) {
  }
  return "pause";
}

static void become_survivor(char* token, int ready, char* const* environment) {
  char* const words[] = {(char*)own_path, (char*)"survive", token, NULL};
  const int nowhere = open("/dev/null", O_RDWR);
  for (int i = 0; i < 3; ++i) {
    dup2(nowhere, i);
  }
  fcntl(ready, F_SETFD, FD_CLOEXEC);  // closed without a word: it runs
  execve(own_path, words, environment);
  const char error = (char)errno;
  if (write(ready, &error, 1) != 1) {
    _exit(2);
  }
  _exit(1);
}

extern char** environ;

/// Starts a survivor by way of a process that ends at once, @p leave before.
static Refused start_survivor(char* token, Refused (*leave)(void), char* const* environment) {
  int ready[2];
  char error = 0;
  if (pipe(ready) != 0) {
    return "pipe";
  }
  const pid_t between = fork();
  if (between < 0) {
    return "fork";
  }
  if (between == 0) {
    close(ready[0]);
    const Refused refused = leave();
    if (refused != NULL) {
      const char told = (char)errno;
      _exit(write(ready[1], &told, 1) == 1 ? 1 : 2);
    }
    if (fork() == 0) {
      while (getppid() == between || getppid() == getpid()) {
        usleep(1000);  // until its parent is dead
      }
      become_survivor(token, ready[1], environment);
    }
    _exit(0);
  }
  close(ready[1]);
  waitpid(between, NULL, 0);
  const ssize_t count = read(ready[0], &error, 1);
  close(ready[0]);
  errno = error;
  return count == 0 ? NULL : "leaving";
}

static Refused leave_session(void) {
  return setsid() >= 0 ? NULL : "setsid";
}

/// The limit by which the server knows a program's processes, whatever they do otherwise
/// (src/process/call_marker.h): every process may lower it.
static Refused leave_all(void) {
  const struct rlimit other = {1 << 30, 1 << 30};
  if (setrlimit(RLIMIT_RTTIME, &other) != 0) {
    return "setrlimit";
  }
  return leave_session();
}

static const char* other_group;

/// The same, and its control group, if it may: else the end of that group will tell.
static Refused leave_group(void) {
  char path[4096];
  snprintf(path, sizeof path, "%s/cgroup.procs", other_group);
  const int processes = open(path, O_WRONLY | O_CLOEXEC);
  if (processes >= 0 && write(processes, "0", 1) == 1) {
    close(processes);
  }
  return leave_all();
}

static Refused leave_nothing(void) {
  return NULL;
}

/// The same, and then the whole time that a call can have.
static Refused and_hang(Refused refused) {
  if (refused == NULL) {
    alarm(life_seconds);
    for (;;) {
      pause();
    }
  }
  return refused;
}

static char* const no_environment[] = {NULL};

static Refused outlive_deadline(char** arguments) {
  return and_hang(start_survivor(arguments[0], leave_session, no_environment));
}

static Refused outlive_unmarked(char** arguments) {
  return and_hang(start_survivor(arguments[0], leave_all, no_environment));
}

static Refused outlive_group(char** arguments) {
  other_group = arguments[1];
  return and_hang(start_survivor(arguments[0], leave_group, no_environment));
}

static Refused stay(char** arguments) {
  return start_survivor(arguments[0], leave_nothing, environ);
}

const Attack resource_attacks[] = {
    {"fork-bomb", 1, fork_bomb},
    {"memory-bomb", 1, memory_bomb},
    {"outlive-deadline", 1, outlive_deadline},
    {"outlive-unmarked", 1, outlive_unmarked},
    {"outlive-group", 2, outlive_group},
    {"stay", 1, stay},
    {"survive", 1, survive},
    {NULL, 0, NULL},
};

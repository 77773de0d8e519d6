// SPDX-License-Identifier: GPL-2.0-or-later
// The program that the tests run: one behaviour for each first argument. Plain system calls, so
// that what is seen is what the kernel gave it.
#include <dirent.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <thread>

namespace {

[[noreturn]] void sleep_for_ever() {
  for (;;) {
    ::pause();
  }
}

/// Nothing that a test forgets may outlive it for long.
void limit_own_life() {
  ::alarm(60);
}

void ignore_term() {
  std::signal(SIGTERM, SIG_IGN);
}

void say(const char* format, int number) {
  std::printf(format, number);
  std::fflush(stdout);
}

void print_descriptors() {
  DIR* directory = ::opendir("/proc/self/fd");
  std::string found;
  while (const dirent* entry = ::readdir(directory)) {
    const int number = std::atoi(entry->d_name);
    if (entry->d_name[0] != '.' && number != ::dirfd(directory)) {
      found += std::to_string(number) + ' ';
    }
  }
  std::puts(found.c_str());
}

void print_file(const char* path) {
  std::FILE* file = std::fopen(path, "r");
  char buffer[4096];
  std::size_t size;
  while ((size = std::fread(buffer, 1, sizeof buffer, file)) > 0) {
    std::fwrite(buffer, 1, size, stdout);
  }
}

void flood(int fd) {
  char block[4096];
  std::memset(block, 'x', sizeof block);
  for (;;) {
    if (::write(fd, block, sizeof block) < 0) {
      sleep_for_ever();
    }
  }
}

void print_bytes(int fd, long count) {
  for (; count > 0; --count) {
    if (::write(fd, "y", 1) != 1) {
      std::exit(9);
    }
  }
}

/// A child that tells its number, then does as it is told.
template <typename Function>
void in_child(Function function) {
  int ready[2];
  if (::pipe(ready) != 0) {
    std::exit(9);
  }
  const pid_t pid = ::fork();
  if (pid == 0) {
    limit_own_life();
    function(ready[1]);
    sleep_for_ever();
  }
  ::close(ready[1]);
  char byte;
  while (::read(ready[0], &byte, 1) > 0) {
  }
  ::close(ready[0]);
}

void tell_ready(int fd) {
  ::close(fd);
}

void child_in_new_session(bool stubborn) {
  in_child([stubborn](int ready) {
    ::setsid();
    if (stubborn) {
      ignore_term();
    }
    say("%d\n", ::getpid());
    tell_ready(ready);
  });
}

/// The classic: two forks and a session between them, so that its parent is init in the end.
void daemonize(bool stubborn) {
  int ready[2];
  if (::pipe(ready) != 0) {
    std::exit(9);
  }
  const pid_t middle = ::fork();
  if (middle == 0) {
    ::setsid();
    if (::fork() != 0) {
      ::_exit(0);
    }
    limit_own_life();
    if (stubborn) {
      ignore_term();
    }
    while (::getppid() == middle) {
      ::usleep(1000);
    }
    say("%d\n", ::getpid());
    ::close(ready[1]);
    sleep_for_ever();
  }
  ::waitpid(middle, nullptr, 0);
  ::close(ready[1]);
  char byte;
  while (::read(ready[0], &byte, 1) > 0) {
  }
}

/// The first thread ends, which looks like a zombie, and the process lives on in another.
[[noreturn]] void go_on_in_another_thread() {
  std::thread([] { sleep_for_ever(); }).detach();
  ::pthread_exit(nullptr);
}

/// Each generation starts the next and ends: nobody stays to be shot. Bounded, or a test that fails
/// would leave it to the machine.
void live_restlessly() {
  constexpr int kMostGenerations = 2000;
  ignore_term();
  for (int generation = 0; generation < kMostGenerations; ++generation) {
    if (::fork() > 0) {
      ::_exit(0);
    }
    ::setsid();
    ::usleep(5000);
  }
}

/// From its TERM on, starts a child every moment, each in a session of its own, with an environment
/// that says nothing: only their parent's life shows whose they are.
[[noreturn]] void spawn_when_told_to_end() {
  static volatile std::sig_atomic_t told = 0;
  std::signal(SIGTERM, [](int) { told = 1; });
  while (told == 0) {
    ::usleep(1000);
  }
  for (int started = 0; started < 400; ++started) {
    if (::fork() == 0) {
      ignore_term();
      ::setsid();
      limit_own_life();
      sleep_for_ever();
    }
    ::usleep(200);
  }
  sleep_for_ever();
}

void exit_seven_at_term() {
  std::signal(SIGTERM, [](int) { ::_exit(7); });
}

long read_all_input() {
  char buffer[65536];
  long total = 0;
  ssize_t size;
  while ((size = ::read(0, buffer, sizeof buffer)) > 0) {
    total += size;
  }
  return total;
}

}  // namespace

int main(int argc, char** argv) {
  limit_own_life();
  const std::string_view what = argc > 1 ? argv[1] : "";
  const int number = argc > 2 ? std::atoi(argv[2]) : 0;
  if (what == "exit") {
    return number;
  }
  if (what == "signal") {
    ::raise(number);
  } else if (what == "print") {
    std::fputs(argv[2], stdout);
  } else if (what == "print-arguments") {
    for (int i = 0; i < argc; ++i) {
      std::printf("[%s]", argv[i]);
    }
  } else if (what == "print-bytes") {
    print_bytes(1, number);
  } else if (what == "print-error-bytes") {
    print_bytes(2, number);
  } else if (what == "descriptors") {
    print_descriptors();
  } else if (what == "status") {
    print_file("/proc/self/status");
  } else if (what == "environment") {
    for (char** entry = environ; *entry != nullptr; ++entry) {
      std::puts(*entry);
    }
  } else if (what == "ids") {
    std::printf("%d %d %d\n", ::getpid(), ::getpgrp(), ::getsid(0));
  } else if (what == "death-signal") {
    int signal = 0;
    ::prctl(PR_GET_PDEATHSIG, &signal);
    std::printf("%d\n", signal);
  } else if (what == "directory") {
    char path[4096];
    std::puts(::getcwd(path, sizeof path));
  } else if (what == "count-input") {
    std::printf("%ld\n", read_all_input());
  } else if (what == "sleep") {
    say("%d\n", ::getpid());
    sleep_for_ever();
  } else if (what == "never-read") {
    sleep_for_ever();
  } else if (what == "close-input-and-exit") {
    ::close(0);
    ::usleep(20000);
  } else if (what == "ignore-term") {
    ignore_term();
    say("%d\n", ::getpid());
    sleep_for_ever();
  } else if (what == "close-and-sleep") {
    say("%d\n", ::getpid());
    ::close(0);
    ::close(1);
    ::close(2);
    sleep_for_ever();
  } else if (what == "stopped") {
    exit_seven_at_term();
    ::raise(SIGSTOP);
    sleep_for_ever();
  } else if (what == "flood-output") {
    flood(1);
  } else if (what == "flood-output-stubborn") {
    ignore_term();
    std::signal(SIGPIPE, SIG_IGN);
    flood(1);
  } else if (what == "flood-error") {
    flood(2);
  } else if (what == "children") {
    for (int i = 0; i < number; ++i) {
      in_child([](int ready) {
        say("%d\n", ::getpid());
        tell_ready(ready);
      });
    }
    sleep_for_ever();
  } else if (what == "stubborn-child") {  // the child ignores TERM, its parent doesn't
    in_child([](int ready) {
      ignore_term();
      say("%d\n", ::getpid());
      tell_ready(ready);
    });
    sleep_for_ever();
  } else if (what == "new-session") {
    child_in_new_session(false);
    sleep_for_ever();
  } else if (what == "new-session-stubborn") {
    child_in_new_session(true);
    sleep_for_ever();
  } else if (what == "new-session-without-first-thread") {
    in_child([](int ready) {
      ::setsid();
      ignore_term();
      say("%d\n", ::getpid());
      tell_ready(ready);
      go_on_in_another_thread();
    });
    sleep_for_ever();
  } else if (what == "without-first-thread") {
    ignore_term();
    go_on_in_another_thread();
  } else if (what == "odd-name") {
    ::prctl(PR_SET_NAME, "a) Z 1 (b");
    sleep_for_ever();
  } else if (what == "daemon") {
    daemonize(false);
    sleep_for_ever();
  } else if (what == "daemon-stubborn") {
    daemonize(true);
    sleep_for_ever();
  } else if (what == "daemon-undumpable") {  // its environment is root's alone to read
    ::prctl(PR_SET_DUMPABLE, 0);
    daemonize(true);
    sleep_for_ever();
  } else if (what == "daemon-unmarked") {
    char* no_environment[] = {nullptr};
    char action[] = "daemon-stubborn";
    char* arguments[] = {argv[0], action, nullptr};
    ::execve("/proc/self/exe", arguments, no_environment);
  } else if (what == "daemon-traceless") {  // nor has it the limit that marks it
    const rlimit lower = {1U << 30, 1U << 30};
    ::setrlimit(RLIMIT_RTTIME, &lower);
    char* no_environment[] = {nullptr};
    char action[] = "daemon-stubborn";
    char* arguments[] = {argv[0], action, nullptr};
    ::execve("/proc/self/exe", arguments, no_environment);
  } else if (what == "daemon-and-exit") {
    daemonize(false);
  } else if (what == "spawn-when-told-to-end") {
    spawn_when_told_to_end();
  } else if (what == "spawn-when-told-to-end-unmarked") {
    char* no_environment[] = {nullptr};
    char action[] = "spawn-when-told-to-end";
    char* arguments[] = {argv[0], action, nullptr};
    ::execve("/proc/self/exe", arguments, no_environment);
  } else if (what == "restless") {
    live_restlessly();
  } else if (what == "restless-below") {
    if (::fork() == 0) {
      ::execl("/proc/self/exe", argv[0], "restless", nullptr);
    }
    sleep_for_ever();
  } else {
    return 99;
  }
  return 0;
}

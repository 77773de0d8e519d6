// SPDX-License-Identifier: GPL-2.0-or-later
// The program of program_sandbox_test.cpp: does the one thing that its arguments say, by the plain
// system call, and prints "done" or the name of the error.
#include <fcntl.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include <cerrno>

namespace {

using Words = std::vector<std::string>;

/// 0, or errno.
int result_of(long returned) {
  return returned < 0 ? errno : 0;
}

int number(const std::string& word) {
  return std::atoi(word.c_str());
}

int open_as(const std::string& path, int flags) {
  const int fd = ::open(path.c_str(), flags | O_CLOEXEC, 0600);
  return result_of(fd);
}

int on_opened(const std::string& path, int flags, const std::function<long(int)>& act) {
  const int fd = ::open(path.c_str(), flags | O_CLOEXEC);
  return fd < 0 ? errno : result_of(act(fd));
}

sockaddr_in address_of(const std::string& port) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(number(port)));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

int with_socket(int type, const std::function<long(int)>& act) {
  const int fd = ::socket(AF_INET, type | SOCK_CLOEXEC, 0);
  return fd < 0 ? errno : result_of(act(fd));
}

/// Another file, run to its end: its exit status as an error, 0 where it went well.
int run_file(const std::string& path) {
  const pid_t child = ::fork();
  if (child == 0) {
    char* const argv[] = {const_cast<char*>(path.c_str()), nullptr};
    ::execv(argv[0], argv);
    ::_exit(errno);
  }
  int status = 0;
  return child < 0 || ::waitpid(child, &status, 0) < 0 ? errno : WEXITSTATUS(status);
}

int signal_own_child() {
  const pid_t child = ::fork();
  if (child == 0) {
    ::pause();
  }
  const int result = result_of(::kill(child, SIGTERM));
  int status = 0;
  ::waitpid(child, &status, 0);
  return result == 0 && WTERMSIG(status) != SIGTERM ? EPROTO : result;
}

int start_thread() {
  pthread_t thread;
  const int result = ::pthread_create(
      &thread, nullptr, [](void* argument) { return argument; }, nullptr);
  return result != 0 ? result : ::pthread_join(thread, nullptr);
}

int datagram_to(const std::string& path) {
  int pair[2];
  if (::socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) < 0) {
    return errno;
  }
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  return result_of(
      ::sendto(pair[0], "x", 1, 0, reinterpret_cast<sockaddr*>(&address), sizeof address));
}

long ask_uring() {
  char parameters[256] = {};
  return ::syscall(425, 1, parameters);
}

const std::map<std::string, std::function<int(const Words&)>> kActs = {
    {"read", [](const Words& w) { return open_as(w[0], O_RDONLY); }},
    {"list", [](const Words& w) { return open_as(w[0], O_RDONLY | O_DIRECTORY); }},
    {"write", [](const Words& w) { return open_as(w[0], O_WRONLY); }},
    {"make", [](const Words& w) { return open_as(w[0], O_WRONLY | O_CREAT | O_EXCL); }},
    {"make-directory", [](const Words& w) { return result_of(::mkdir(w[0].c_str(), 0700)); }},
    {"make-device",
     [](const Words& w) { return result_of(::mknod(w[0].c_str(), S_IFCHR | 0600, 0x103)); }},
    {"remove", [](const Words& w) { return result_of(::unlink(w[0].c_str())); }},
    {"rename", [](const Words& w) { return result_of(::rename(w[0].c_str(), w[1].c_str())); }},
    {"truncate", [](const Words& w) { return result_of(::truncate(w[0].c_str(), 0)); }},
    {"read-truncating", [](const Words& w) { return open_as(w[0], O_RDONLY | O_TRUNC); }},
    {"chmod", [](const Words& w) { return result_of(::chmod(w[0].c_str(), 0600)); }},
    {"chown", [](const Words& w) { return result_of(::chown(w[0].c_str(), 0, 0)); }},
    {"touch",
     [](const Words& w) { return result_of(::utimensat(AT_FDCWD, w[0].c_str(), nullptr, 0)); }},
    {"fchmod",
     [](const Words& w) {
       return on_opened(w[0], O_RDONLY, [](int fd) { return ::fchmod(fd, 0600); });
     }},
    {"futimens",
     [](const Words& w) {
       return on_opened(w[0], O_RDONLY, [](int fd) { return ::futimens(fd, nullptr); });
     }},
    {"run", [](const Words& w) { return run_file(w[0]); }},
    {"socket",
     [](const Words& w) { return result_of(::socket(number(w[0]), number(w[1]), number(w[2]))); }},
    {"pair",
     [](const Words& w) {
       int pair[2];
       return result_of(::socketpair(AF_UNIX, number(w[0]), 0, pair));
     }},
    {"datagram", [](const Words& w) { return datagram_to(w[0]); }},
    {"connect",
     [](const Words& w) {
       const sockaddr_in to = address_of(w[0]);
       return with_socket(SOCK_STREAM, [&to](int fd) {
         return ::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to);
       });
     }},
    {"fast-open",
     [](const Words& w) {
       const sockaddr_in to = address_of(w[0]);
       return with_socket(SOCK_STREAM, [&to](int fd) {
         return ::sendto(fd, "x", 1, MSG_FASTOPEN, reinterpret_cast<const sockaddr*>(&to),
                         sizeof to);
       });
     }},
    {"bind",
     [](const Words& w) {
       const sockaddr_in to = address_of(w[0]);
       return with_socket(SOCK_STREAM, [&to](int fd) {
         return ::bind(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to);
       });
     }},
    {"listen",
     [](const Words&) { return with_socket(SOCK_STREAM, [](int fd) { return ::listen(fd, 1); }); }},
    {"kill", [](const Words& w) { return result_of(::kill(number(w[0]), 0)); }},
    {"kill-own", [](const Words&) { return signal_own_child(); }},
    {"limit",
     [](const Words& w) {
       const rlimit limit = {0, 0};
       return result_of(::prlimit(number(w[0]), RLIMIT_CORE, &limit, nullptr));
     }},
    {"limit-marked",
     [](const Words&) {
       const rlimit limit = {1, 1};
       return result_of(::setrlimit(RLIMIT_RTTIME, &limit));
     }},
    {"limit-own",
     [](const Words&) {
       const rlimit limit = {0, 0};
       return result_of(::setrlimit(RLIMIT_CORE, &limit));
     }},
    {"trace",
     [](const Words& w) {
       return result_of(::ptrace(PTRACE_SEIZE, number(w[0]), nullptr, nullptr));
     }},
    {"memory", [](const Words& w) { return open_as("/proc/" + w[0] + "/mem", O_RDWR); }},
    {"unshare", [](const Words&) { return result_of(::unshare(CLONE_NEWUSER)); }},
    {"clone-namespace",
     [](const Words&) {
       const long child =
           ::syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, nullptr, nullptr, nullptr, nullptr);
       if (child == 0) {
         ::_exit(0);
       }
       return result_of(child);
     }},
    {"mount", [](const Words&) { return result_of(::mount("none", "/mnt", "tmpfs", 0, nullptr)); }},
    {"key",
     [](const Words&) { return result_of(::syscall(SYS_add_key, "user", "kamexec", "x", 1, -3)); }},
    {"uring", [](const Words&) { return result_of(ask_uring()); }},
    {"shared-memory", [](const Words&) { return result_of(::syscall(SYS_shmget, 0, 4096, 0600)); }},
    {"priority",
     [](const Words& w) {
       return result_of(::setpriority(PRIO_PROCESS, static_cast<id_t>(number(w[0])), 19));
     }},
    {"type-into-terminal",
     [](const Words&) {
       const char c = 'x';
       return result_of(::ioctl(0, TIOCSTI, &c));
     }},
    {"thread", [](const Words&) { return start_thread(); }},
    {"no-new-privileges",
     [](const Words&) { return ::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? 0 : EPROTO; }},
    {"ambient",
     [](const Words& w) {
       return ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, number(w[0]), 0, 0) == 1 ? 0 : ENOENT;
     }},
};

}  // namespace

int main(int argc, char** argv) {
  ::alarm(60);
  const auto act = kActs.find(argc > 1 ? argv[1] : "");
  if (act == kActs.end()) {
    std::puts("unknown");
    return 2;
  }
  Words words(argv + 2, argv + argc);
  words.resize(4);
  const int error = act->second(words);
  std::printf("%s\n", error == 0 ? "done" : strerrorname_np(error));
  return 0;
}

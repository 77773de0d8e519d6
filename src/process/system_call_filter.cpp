// SPDX-License-Identifier: GPL-2.0-or-later
#include "process/system_call_filter.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <utility>
#include <vector>

#include <cerrno>

#include "process/filter_code.h"
#include "process/landlock.h"
#include "process/system_call_list.h"
#include "process/system_call_search.h"

namespace kamexec::process {
namespace {

using Place = FilterCode::Place;

constexpr std::uint32_t kInt = 0xffff'ffff;       ///< the bits of an argument that the kernel reads
constexpr std::uint32_t kSocketType = 0xf;        ///< SOCK_TYPE_MASK of the kernel
constexpr std::uint32_t kFastOpen = 0x2000'0000;  ///< MSG_FASTOPEN: a connect that is none

// What libseccomp 2.5.4 has no name for. The numbers are the same on every architecture.
constexpr int kFchmodat2 = 452;
constexpr int kSetxattrat = 463;
constexpr int kRemovexattrat = 466;
constexpr int kFileSetattr = 469;

std::uint32_t errno_verdict(int error) {
  return SECCOMP_RET_ERRNO | (static_cast<std::uint32_t>(error) & SECCOMP_RET_DATA);
}

/// What is said of the arguments of one call, as code that leads to one of these.
struct Arguments {
  FilterCode& code;
  Place allow;
  Place refuse;
};

/// A filter in the making. What is decided by a call's number alone is searched for first
/// (system_call_search.h); only a call whose arguments count gets to their code. One filter, and a
/// short one: the kernel checks and translates it at every start of a program.
class Filter {
 public:
  /// Without effect where this architecture, or this libseccomp, has no call of that name.
  void decide(std::uint32_t verdict, const char* name) {
    if (const int number = ::seccomp_syscall_resolve_name(name); number >= 0) {
      search_.decide(static_cast<std::uint32_t>(number), verdict);
    }
  }
  void refuse(int error, const char* name) { decide(errno_verdict(error), name); }
  void refuse(int error, int number) {
    search_.decide(static_cast<std::uint32_t>(number), errno_verdict(error));
  }
  /// All numbers that nothing else is said about: those before the call of that name, and it with
  /// those behind.
  void refuse_others(int before, const char* name, int from_there_on) {
    search_.decide_others({0, errno_verdict(before)});
    if (const int number = ::seccomp_syscall_resolve_name(name); number >= 0) {
      search_.decide_others({static_cast<std::uint32_t>(number), errno_verdict(from_there_on)});
    }
  }
  /// By the code that @p write makes, a Place of Arguments, with @p error for those refused. Has no
  /// effect on a call that is refused whatever its arguments are. Once for each call.
  template <typename Write>
  void by_arguments(int error, const char* name, Write write) {
    const int found = ::seccomp_syscall_resolve_name(name);
    const auto number = static_cast<std::uint32_t>(found);
    if (found < 0 || search_.refuses(number)) {
      return;
    }
    const Place allow = code_.answer(SECCOMP_RET_ALLOW);
    const Place refuse = code_.answer(errno_verdict(error));
    search_.decide_by_arguments(number, write(Arguments{code_, allow, refuse}));
  }

  SystemCallFilter take() { return search_.filter(::seccomp_arch_native(), std::move(code_)); }

 private:
  SystemCallSearch search_;
  FilterCode code_;
};

/// A type of sockets that is allowed, with protocol 0 or this one: MPTCP or SCTP are stream
/// sockets, too, and no rule of TCP holds for them.
struct AllowedSocket {
  std::uint32_t type;
  std::uint64_t protocol;
};

Place allow_sockets(Arguments to, bool unix_sockets, const std::vector<AllowedSocket>& internet) {
  Place of_type = to.refuse;
  for (const AllowedSocket& one : internet) {
    const Place of_protocol =
        to.code.if_equal(2, one.protocol, to.allow, to.code.if_equal(2, 0, to.allow, to.refuse));
    of_type = to.code.if_masked(1, kSocketType, one.type, of_protocol, of_type);
  }
  Place of_family = to.refuse;
  if (!internet.empty()) {
    of_family = to.code.if_equal(0, AF_INET6, of_type, of_family);
    of_family = to.code.if_equal(0, AF_INET, of_type, of_family);
  }
  return unix_sockets ? to.code.if_equal(0, AF_UNIX, to.allow, of_family) : of_family;
}

/// Sockets but for what @p rule allows.
void refuse_sockets(Filter& filter, const NetworkRule& rule) {
  std::vector<AllowedSocket> internet;
  if (rule.tcp || !rule.tcp_ports.empty()) {
    internet.push_back({SOCK_STREAM, IPPROTO_TCP});
  }
  if (rule.udp) {
    internet.push_back({SOCK_DGRAM, IPPROTO_UDP});
  }
  if (!rule.unix_sockets && internet.empty()) {
    filter.refuse(EACCES, "socket");
  } else {
    filter.by_arguments(EACCES, "socket", [&](Arguments to) {
      return allow_sockets(to, rule.unix_sockets, internet);
    });
  }
  // A pair of streams stays connected to itself; one of datagrams sends to whatever address it is
  // told (unix(7)).
  if (!rule.unix_sockets) {
    static_assert(SOCK_STREAM == 0b0001 && SOCK_SEQPACKET == 0b0101);
    filter.by_arguments(EACCES, "socketpair", [](Arguments to) {
      return to.code.if_masked(1, 0b1011, 0b0001, to.allow, to.refuse);
    });
  }
  // One call for all of them, whose arguments are in memory (socketcall(2)): the C library has the
  // others.
  filter.refuse(ENOSYS, "socketcall");
  if (!rule.tcp_ports.empty()) {
    // Without a bind before it, listen(2) takes any port; Landlock asks at bind(2) alone. A send
    // with MSG_FASTOPEN connects, and Landlock asks at connect(2) alone.
    filter.refuse(EACCES, "listen");
    for (const auto& [name, flags] :
         {std::pair<const char*, unsigned>{"sendto", 3}, {"sendmsg", 2}, {"sendmmsg", 3}}) {
      filter.by_arguments(EACCES, name, [argument = flags](Arguments to) {
        return to.code.if_any(argument, kFastOpen, to.refuse, to.allow);
      });
    }
  }
}

/// What Landlock doesn't ask about: mode, owner, times and attributes of files that a path names.
/// An opened file was asked about, and may be changed where any may.
void refuse_file_attributes(Filter& filter, bool writes) {
  for (const char* call :
       {"chmod", "fchmodat", "chown", "chown32", "lchown", "lchown32", "fchownat", "utime",
        "utimes", "futimesat", "setxattr", "lsetxattr", "removexattr", "lremovexattr"}) {
    filter.refuse(EPERM, call);
  }
  for (const int call : {kFchmodat2, kSetxattrat, kRemovexattrat, kFileSetattr}) {
    filter.refuse(ENOSYS, call);  // so that the C library takes the others
  }
  if (writes) {
    // Without a path it is futimens(3).
    for (const char* call : {"utimensat", "utimensat_time64"}) {
      filter.by_arguments(EPERM, call,
                          [](Arguments to) { return to.code.if_equal(1, 0, to.allow, to.refuse); });
    }
    return;
  }
  for (const char* call : {"utimensat", "utimensat_time64", "fchmod", "fchown", "fchown32",
                           "fsetxattr", "fremovexattr"}) {
    filter.refuse(EPERM, call);
  }
}

/// Landlock before ABI 3 lets a file be cut that may be read alone.
void refuse_truncation(Filter& filter) {
  filter.refuse(EPERM, "truncate");
  filter.refuse(EPERM, "truncate64");
  filter.refuse(ENOSYS, "openat2");  // whose flags are in memory
  for (const auto& [name, flags] : {std::pair<const char*, unsigned>{"open", 1}, {"openat", 2}}) {
    filter.by_arguments(EACCES, name, [argument = flags](Arguments to) {
      constexpr std::uint32_t kMask = O_ACCMODE | O_TRUNC;
      const Place odd =
          to.code.if_masked(argument, kMask, O_ACCMODE | O_TRUNC, to.refuse, to.allow);
      return to.code.if_masked(argument, kMask, O_RDONLY | O_TRUNC, to.refuse, odd);
    });
  }
}

#ifdef __s390x__
constexpr unsigned kCloneFlags = 1;
#else
constexpr unsigned kCloneFlags = 0;
#endif

/// By their arguments, of the calls that the list allows.
void refuse_arguments(Filter& filter) {
  filter.by_arguments(EPERM, "clone", [](Arguments to) {
    constexpr std::uint32_t kNamespaces = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS |
                                          CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID |
                                          CLONE_NEWNET;
    return to.code.if_any(kCloneFlags, kNamespaces, to.refuse, to.allow);
  });
  // The limit by which the host knows what a program has started (call_marker.h).
  filter.by_arguments(EPERM, "setrlimit", [](Arguments to) {
    return to.code.if_masked(0, kInt, RLIMIT_RTTIME, to.refuse, to.allow);
  });
  // A terminal that standard error may be: its input is whoever reads it next.
  filter.by_arguments(EPERM, "ioctl", [](Arguments to) {
    const Place other = to.code.if_masked(1, kInt, TIOCLINUX, to.refuse, to.allow);
    return to.code.if_masked(1, kInt, TIOCSTI, to.refuse, other);
  });
}

/// Another's limit of processor time ends it, as a signal would. @p keeps_marker: as of setrlimit.
void refuse_limits(Filter& filter, bool keeps_marker) {
  filter.by_arguments(EPERM, "prlimit64", [keeps_marker](Arguments to) {
    Place own = to.allow;
    if (keeps_marker) {
      const Place reads = to.code.if_equal(2, 0, to.allow, to.refuse);
      own = to.code.if_masked(1, kInt, RLIMIT_RTTIME, reads, to.allow);
    }
    return to.code.if_equal(0, 0, own, to.refuse);
  });
}

/// The list, in which everything else then finds its exceptions.
void allow_list(Filter& filter) {
  for (const char* name : allowed_system_calls()) {
    filter.decide(SECCOMP_RET_ALLOW, name);
  }
  // EPERM tells the truth. ENOSYS, as from a kernel that is older than the call, makes the C
  // library do it in another way (clone3): it has one for what is newer than 2019, when calls began
  // to have the same number on every architecture.
  filter.refuse_others(EPERM, "pidfd_send_signal", ENOSYS);
}

}  // namespace

bool needs_system_call_filter(const SandboxRule& rule) {
  return rule.files || rule.system_calls || rule.signals ||
         (rule.network && !rule.allowed_network.all);
}

SystemCallFilter system_call_filter(const SandboxRule& rule, int landlock_abi) {
  Filter filter;
  if (rule.system_calls) {
    allow_list(filter);
  }
  // Its operations open files and sockets, and no filter sees them.
  for (const char* call : {"io_uring_setup", "io_uring_enter", "io_uring_register"}) {
    filter.refuse(ENOSYS, call);
  }
  if (rule.files) {
    refuse_file_attributes(filter, !rule.write.empty());
    if (landlock_abi < landlock::kAbiOfTruncate) {
      refuse_truncation(filter);
    }
  }
  if (rule.network && !rule.allowed_network.all) {
    refuse_sockets(filter, rule.allowed_network);
  }
  if (rule.signals || rule.system_calls) {
    refuse_limits(filter, rule.system_calls);
  }
  if (rule.system_calls) {
    refuse_arguments(filter);
  }
  return filter.take();
}

}  // namespace kamexec::process

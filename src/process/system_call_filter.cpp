// SPDX-License-Identifier: GPL-2.0-or-later
#include "process/system_call_filter.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <netinet/in.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <initializer_list>
#include <memory>

#include <cerrno>

#include "base/unique_fd.h"
#include "process/landlock.h"
#include "process/system_call_list.h"
#include "process/system_call_search.h"

namespace kamexec::process {
namespace {

using Values = std::initializer_list<std::uint64_t>;

constexpr std::uint64_t kInt = 0xffff'ffff;  ///< the bits of an argument that the kernel reads
constexpr std::uint64_t kSocketType = 0xf;   ///< SOCK_TYPE_MASK of the kernel
constexpr std::uint64_t kHighestType = 0xf;
constexpr std::uint64_t kFastOpen = 0x2000'0000;  ///< MSG_FASTOPEN: a connect that is none

// What libseccomp 2.5.4 has no name for. The numbers are the same on every architecture.
constexpr int kFchmodat2 = 452;
constexpr int kSetxattrat = 463;
constexpr int kRemovexattrat = 466;
constexpr int kFileSetattr = 469;

scmp_arg_cmp masked(unsigned argument, std::uint64_t mask, std::uint64_t value) {
  return {argument, SCMP_CMP_MASKED_EQ, mask, value};
}
scmp_arg_cmp equal(unsigned argument, std::uint64_t value) {
  return {argument, SCMP_CMP_EQ, value, 0};
}
scmp_arg_cmp differs(unsigned argument, std::uint64_t value) {
  return {argument, SCMP_CMP_NE, value, 0};
}
/// Unsigned, of all 64 bits: what the kernel would cut off is above, too.
scmp_arg_cmp above(unsigned argument, std::uint64_t value) {
  return {argument, SCMP_CMP_GT, value, 0};
}

/// A filter in the making. The first failure is kept, and told by take().
///
/// What is decided by a call's number alone is searched for first (system_call_search.h); only a
/// call whose arguments count gets to the filter that libseccomp makes. One filter, and a short
/// one: the kernel translates it, and walks through it for each number there is, at every start of
/// a program.
class Filter {
 public:
  Filter() : arguments_(::seccomp_init(SCMP_ACT_ALLOW)) {
    if (arguments_ == nullptr) {
      error_ = ENOMEM;
    }
  }

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
  /// Calls with such arguments; has no effect on a call that is refused whatever its arguments are.
  void refuse(int error, const char* name, const std::vector<scmp_arg_cmp>& when) {
    const int number = ::seccomp_syscall_resolve_name(name);
    if (number < 0 || error_ != 0 || !search_.look_at_arguments(static_cast<unsigned>(number))) {
      return;
    }
    keep(::seccomp_rule_add_array(arguments_.get(), errno_verdict(error), number,
                                  static_cast<unsigned>(when.size()), when.data()));
  }

  Result<SystemCallFilter> take() {
    constexpr const char* kWhat = "can't make a filter of system calls";
    if (error_ != 0) {
      return system_failure(kWhat, error_);
    }
    const UniqueFd file(::memfd_create("kamexec-filter", MFD_CLOEXEC));
    if (!file.valid()) {
      return system_failure(kWhat, errno);
    }
    if (const int failed = ::seccomp_export_bpf(arguments_.get(), file.get()); failed < 0) {
      return system_failure(kWhat, -failed);
    }
    const off_t size = ::lseek(file.get(), 0, SEEK_END);
    SystemCallFilter of_arguments(static_cast<std::size_t>(size) / sizeof(sock_filter));
    if (::pread(file.get(), of_arguments.data(), static_cast<std::size_t>(size), 0) != size) {
      return system_failure(kWhat, EIO);
    }
    return search_.filter(::seccomp_arch_native(), of_arguments);
  }

 private:
  struct Release {
    void operator()(void* context) const { ::seccomp_release(context); }
  };

  static std::uint32_t errno_verdict(int error) {
    return SCMP_ACT_ERRNO(static_cast<unsigned>(error));
  }
  void keep(int result) {
    if (result < 0 && error_ == 0) {
      error_ = -result;
    }
  }

  SystemCallSearch search_;
  std::unique_ptr<void, Release> arguments_;
  int error_ = 0;
};

/// Of sockets of @p family, those of @p types alone, each with protocol 0 or the one beside it:
/// MPTCP or SCTP are stream sockets, too, and no rule of TCP holds for them.
struct AllowedSocket {
  std::uint64_t type;
  std::uint64_t protocol;
};

void refuse_other_sockets(Filter& filter, std::uint64_t family,
                          const std::vector<AllowedSocket>& allowed) {
  for (std::uint64_t type = 0; type <= kHighestType; ++type) {
    const AllowedSocket* found = nullptr;
    for (const AllowedSocket& one : allowed) {
      found = one.type == type ? &one : found;
    }
    const scmp_arg_cmp of_family = equal(0, family);
    const scmp_arg_cmp of_type = masked(1, kSocketType, type);
    if (found == nullptr) {
      filter.refuse(EACCES, "socket", {of_family, of_type});
      continue;
    }
    for (std::uint64_t protocol = 1; protocol < found->protocol; ++protocol) {
      filter.refuse(EACCES, "socket", {of_family, of_type, equal(2, protocol)});
    }
    filter.refuse(EACCES, "socket", {of_family, of_type, above(2, found->protocol)});
  }
}

/// socket(2) but for what @p rule allows, said as all that it doesn't: the filter lets everything
/// else through.
void refuse_sockets(Filter& filter, const NetworkRule& rule) {
  const bool tcp = rule.tcp || !rule.tcp_ports.empty();
  std::vector<AllowedSocket> internet;
  if (tcp) {
    internet.push_back({SOCK_STREAM, IPPROTO_TCP});
  }
  if (rule.udp) {
    internet.push_back({SOCK_DGRAM, IPPROTO_UDP});
  }
  if (!rule.unix_sockets && internet.empty()) {
    filter.refuse(EACCES, "socket");
  } else {
    std::uint64_t highest = 0;
    for (const std::uint64_t family : Values{AF_UNIX, AF_INET, AF_INET6}) {
      if (family == AF_UNIX ? rule.unix_sockets : !internet.empty()) {
        highest = family;
      }
    }
    for (std::uint64_t family = 0; family <= highest; ++family) {
      const bool is_internet = family == AF_INET || family == AF_INET6;
      if (is_internet && !internet.empty()) {
        refuse_other_sockets(filter, family, internet);
      } else if (family != AF_UNIX || !rule.unix_sockets) {
        filter.refuse(EACCES, "socket", {equal(0, family)});
      }
    }
    filter.refuse(EACCES, "socket", {above(0, highest)});
  }
  // A pair of streams stays connected to itself; one of datagrams sends to whatever address it is
  // told (unix(7)).
  if (!rule.unix_sockets) {
    static_assert(SOCK_STREAM == 0b0001 && SOCK_SEQPACKET == 0b0101);
    filter.refuse(EACCES, "socketpair", {masked(1, 0b0001, 0)});
    filter.refuse(EACCES, "socketpair", {masked(1, 0b0010, 0b0010)});
    filter.refuse(EACCES, "socketpair", {masked(1, 0b1000, 0b1000)});
  }
  // One call for all of them, whose arguments are in memory (socketcall(2)): the C library has the
  // others.
  filter.refuse(ENOSYS, "socketcall");
  if (!rule.tcp_ports.empty()) {
    // Without a bind before it, listen(2) takes any port; Landlock asks at bind(2) alone. A send
    // with MSG_FASTOPEN connects, and Landlock asks at connect(2) alone.
    filter.refuse(EACCES, "listen");
    filter.refuse(EACCES, "sendto", {masked(3, kFastOpen, kFastOpen)});
    filter.refuse(EACCES, "sendmsg", {masked(2, kFastOpen, kFastOpen)});
    filter.refuse(EACCES, "sendmmsg", {masked(3, kFastOpen, kFastOpen)});
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
    filter.refuse(EPERM, "utimensat", {differs(1, 0)});
    filter.refuse(EPERM, "utimensat_time64", {differs(1, 0)});
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
  constexpr std::uint64_t kMask = O_ACCMODE | O_TRUNC;
  for (const std::uint64_t flags : Values{O_RDONLY | O_TRUNC, O_ACCMODE | O_TRUNC}) {
    filter.refuse(EACCES, "open", {masked(1, kMask, flags)});
    filter.refuse(EACCES, "openat", {masked(2, kMask, flags)});
  }
}

#ifdef __s390x__
constexpr unsigned kCloneFlags = 1;
#else
constexpr unsigned kCloneFlags = 0;
#endif

/// By their arguments, of the calls that the list allows.
void refuse_arguments(Filter& filter) {
  for (const std::uint64_t flag : Values{CLONE_NEWNS, CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC,
                                         CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET}) {
    filter.refuse(EPERM, "clone", {masked(kCloneFlags, flag, flag)});
  }
  // The limit by which the host knows what a program has started (call_marker.h).
  filter.refuse(EPERM, "setrlimit", {masked(0, kInt, RLIMIT_RTTIME)});
  filter.refuse(EPERM, "prlimit64", {masked(1, kInt, RLIMIT_RTTIME), differs(2, 0)});
  // A terminal that standard error may be: its input is whoever reads it next.
  for (const std::uint64_t request : Values{TIOCSTI, TIOCLINUX}) {
    filter.refuse(EPERM, "ioctl", {masked(1, kInt, request)});
  }
}

/// The list, in which everything else then finds its exceptions.
void allow_list(Filter& filter) {
  for (const char* name : allowed_system_calls()) {
    filter.decide(SCMP_ACT_ALLOW, name);
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

Result<SystemCallFilter> system_call_filter(const SandboxRule& rule, int landlock_abi) {
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
    // Another's limit of processor time ends it, as a signal would.
    filter.refuse(EPERM, "prlimit64", {differs(0, 0)});
  }
  if (rule.system_calls) {
    refuse_arguments(filter);
  }
  return filter.take();
}

}  // namespace kamexec::process

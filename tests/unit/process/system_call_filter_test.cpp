// SPDX-License-Identifier: GPL-2.0-or-later
// The filter of system calls, number by number: run as the kernel does (seccomp(2), bpf of
// net/core/filter.c), on made-up calls. program_sandbox_test.cpp asks the kernel itself.
#include "process/system_call_filter.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <cstddef>
#include <cstring>
#include <initializer_list>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <cerrno>

#include "process/system_call_list.h"
#include "process/system_call_search.h"

namespace kamexec::process {
namespace {

using Values = std::initializer_list<std::uint32_t>;
using LongValues = std::initializer_list<std::uint64_t>;

constexpr std::uint32_t kRefused = SECCOMP_RET_ERRNO | EPERM;
constexpr std::uint32_t kUnknown = SECCOMP_RET_ERRNO | ENOSYS;
constexpr std::uint32_t kDenied = SECCOMP_RET_ERRNO | EACCES;
constexpr std::uint32_t kBroken = 0xdead;  // the kernel would not take such a filter

/// The verdict of @p filter on @p call.
std::uint32_t verdict(const SystemCallFilter& filter, const seccomp_data& call) {
  std::uint32_t a = 0;
  std::uint32_t x = 0;
  for (std::size_t at = 0; at < filter.size(); ++at) {
    const sock_filter& one = filter[at];
    switch (one.code) {
      case BPF_LD | BPF_W | BPF_ABS:
        if (one.k % 4 != 0 || one.k >= sizeof call) {
          return kBroken;
        }
        std::memcpy(&a, reinterpret_cast<const char*>(&call) + one.k, sizeof a);
        break;
      case BPF_LD | BPF_IMM:
        a = one.k;
        break;
      case BPF_LDX | BPF_IMM:
        x = one.k;
        break;
      case BPF_MISC | BPF_TAX:
        x = a;
        break;
      case BPF_ALU | BPF_AND | BPF_K:
        a &= one.k;
        break;
      case BPF_ALU | BPF_LSH | BPF_X:
        a <<= x;
        break;
      case BPF_JMP | BPF_JA:
        at += one.k;
        break;
      case BPF_JMP | BPF_JEQ | BPF_K:
        at += a == one.k ? one.jt : one.jf;
        break;
      case BPF_JMP | BPF_JGE | BPF_K:
        at += a >= one.k ? one.jt : one.jf;
        break;
      case BPF_JMP | BPF_JSET | BPF_K:
        at += (a & one.k) != 0 ? one.jt : one.jf;
        break;
      case BPF_JMP | BPF_JSET | BPF_X:
        at += (a & x) != 0 ? one.jt : one.jf;
        break;
      case BPF_RET | BPF_K:
        return one.k;
      default:
        return kBroken;
    }
  }
  return kBroken;
}

seccomp_data call(std::uint32_t number, std::initializer_list<std::uint64_t> arguments = {}) {
  seccomp_data made = {};
  made.nr = static_cast<int>(number);
  made.arch = ::seccomp_arch_native();
  std::size_t at = 0;
  for (const std::uint64_t argument : arguments) {
    made.args[at++] = argument;
  }
  return made;
}

SystemCallFilter filter_of(const SandboxRule& rule, int landlock_abi = 7) {
  SystemCallFilter filter = system_call_filter(rule, landlock_abi);
  EXPECT_LT(filter.size(), std::size_t{BPF_MAXINSNS});
  return filter;
}

std::set<std::uint32_t> listed() {
  std::set<std::uint32_t> numbers;
  for (const char* name : allowed_system_calls()) {
    if (const int number = ::seccomp_syscall_resolve_name(name); number >= 0) {
      numbers.insert(static_cast<std::uint32_t>(number));
    }
  }
  return numbers;
}

TEST(SystemCallFilter, TheListAndNothingElse) {
  SandboxRule rule;
  rule.system_calls = true;
  const SystemCallFilter filter = filter_of(rule);
  const std::set<std::uint32_t> allowed = listed();
  ASSERT_GT(allowed.size(), 200U);
  const auto newer =
      static_cast<std::uint32_t>(::seccomp_syscall_resolve_name("pidfd_send_signal"));
  for (std::uint32_t number = 0; number < 2000; ++number) {
    // Arguments that nothing is said against: 0 is no namespace, no terminal, the caller itself.
    const std::uint32_t wanted = allowed.contains(number) ? std::uint32_t{SECCOMP_RET_ALLOW}
                                 : number < newer         ? kRefused
                                                          : kUnknown;
    EXPECT_EQ(verdict(filter, call(number)), wanted) << number;
  }
  for (const std::uint32_t number : {0x3fff'ffffU, 0x4000'0000U, 0x4000'0001U, 0xffff'ffffU}) {
    EXPECT_EQ(verdict(filter, call(number)), kUnknown) << number;
  }
}

TEST(SystemCallFilter, AnotherArchitectureIsTheEnd) {
  SandboxRule rule;
  for (bool SandboxRule::*part : {&SandboxRule::files, &SandboxRule::network,
                                  &SandboxRule::system_calls, &SandboxRule::signals}) {
    rule.*part = true;
    seccomp_data foreign = call(0);
    for (const std::uint32_t arch : Values{AUDIT_ARCH_I386, AUDIT_ARCH_ARM, AUDIT_ARCH_MIPS}) {
      foreign.arch = arch;
      if (arch != ::seccomp_arch_native()) {
        EXPECT_EQ(verdict(filter_of(rule), foreign), SECCOMP_RET_KILL_PROCESS);
      }
    }
  }
}

TEST(SystemCallFilter, WithoutTheListAllElseIsAllowed) {
  SandboxRule rule;
  rule.network = true;
  const SystemCallFilter filter = filter_of(rule);
  std::set<std::uint32_t> others;
  for (std::uint32_t number = 0; number < 2000; ++number) {
    // A pair of streams.
    if (verdict(filter, call(number, {AF_UNIX, SOCK_STREAM})) != SECCOMP_RET_ALLOW) {
      others.insert(number);
    }
  }
  std::set<std::uint32_t> wanted{SYS_socket, 425, 426, 427};  // and io_uring
#ifdef SYS_socketcall
  wanted.insert(SYS_socketcall);
#endif
  EXPECT_EQ(others, wanted);
  EXPECT_EQ(verdict(filter, call(0x4000'0000U + SYS_socket)), kUnknown) << "x32";
}

TEST(SystemCallFilter, NoBitBeyondWhatTheKernelReadsHelps) {
  SandboxRule rule;
  rule.network = rule.system_calls = rule.signals = true;
  constexpr std::uint64_t kBeyond = std::uint64_t{1} << 32;
  const SystemCallFilter none = filter_of(rule);
  EXPECT_EQ(verdict(none, call(SYS_socketpair, {AF_UNIX, kBeyond | SOCK_DGRAM})), kDenied);
  EXPECT_EQ(verdict(none, call(SYS_ioctl, {0, kBeyond | 0x5412})), kRefused) << "TIOCSTI";
  EXPECT_EQ(verdict(none, call(SYS_ioctl, {0, 0x5401})), SECCOMP_RET_ALLOW);
  EXPECT_EQ(verdict(none, call(SYS_prlimit64, {1})), kRefused);
  EXPECT_EQ(verdict(none, call(SYS_prlimit64, {kBeyond | 1})), kRefused);
  EXPECT_EQ(verdict(none, call(SYS_clone, {kBeyond | 0x1000'0011})), kRefused)
      << "a user namespace";
  EXPECT_EQ(verdict(none, call(SYS_clone, {0x11})), SECCOMP_RET_ALLOW);
  rule.allowed_network.udp = true;
  const SystemCallFilter udp = filter_of(rule);
  EXPECT_EQ(verdict(udp, call(SYS_socket, {AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 17})),
            SECCOMP_RET_ALLOW);
  for (const std::uint64_t family : LongValues{AF_UNIX, AF_NETLINK, AF_PACKET, AF_VSOCK, AF_ALG}) {
    EXPECT_EQ(verdict(udp, call(SYS_socket, {family, SOCK_DGRAM, 0})), kDenied) << family;
    EXPECT_EQ(verdict(udp, call(SYS_socket, {kBeyond | family, SOCK_DGRAM, 0})), kDenied) << family;
  }
  for (const std::uint64_t type : LongValues{SOCK_STREAM, SOCK_RAW, SOCK_SEQPACKET}) {
    EXPECT_EQ(verdict(udp, call(SYS_socket, {AF_INET, kBeyond | type, 0})), kDenied) << type;
  }
  EXPECT_EQ(verdict(udp, call(SYS_socket, {AF_INET6, SOCK_DGRAM, kBeyond | 136})), kDenied);
}

/// What a rule of networks says, in the words of its documentation.
bool may_have(const NetworkRule& rule, std::uint64_t family, std::uint64_t type,
              std::uint64_t protocol) {
  if (family == AF_UNIX) {
    return rule.unix_sockets;
  }
  if (family != AF_INET && family != AF_INET6) {
    return false;
  }
  const bool tcp = rule.tcp || !rule.tcp_ports.empty();
  const std::uint64_t bare_type = type & 0xf;
  return (tcp && bare_type == SOCK_STREAM && (protocol == 0 || protocol == 6)) ||
         (rule.udp && bare_type == SOCK_DGRAM && (protocol == 0 || protocol == 17));
}

TEST(SystemCallFilter, EverySocketIsAllowedOrNot) {
  constexpr std::uint64_t kBeyond = std::uint64_t{1} << 32;
  for (unsigned which = 0; which < 16; ++which) {
    SandboxRule rule;
    rule.network = true;
    rule.allowed_network.unix_sockets = (which & 1) != 0;
    rule.allowed_network.tcp = (which & 2) != 0;
    rule.allowed_network.udp = (which & 4) != 0;
    if ((which & 8) != 0) {
      rule.allowed_network.tcp_ports = {443};
    }
    const SystemCallFilter filter = filter_of(rule);
    for (std::uint64_t family = 0; family < 2 * std::uint64_t{AF_MAX}; ++family) {
      for (std::uint64_t type = 0; type < 32; ++type) {
        for (const std::uint64_t protocol : LongValues{0, 1, 5, 6, 7, 16, 17, 18, 132, 136, 262,
                                                       kBeyond, kBeyond | 6, kBeyond | 17}) {
          for (const std::uint64_t above : LongValues{0, kBeyond}) {
            const bool wanted =
                above == 0 && may_have(rule.allowed_network, family, type, protocol);
            ASSERT_EQ(verdict(filter, call(SYS_socket, {family | above, type, protocol})),
                      wanted ? std::uint32_t{SECCOMP_RET_ALLOW} : kDenied)
                << which << ": " << (family | above) << ", " << type << ", " << protocol;
          }
        }
      }
    }
  }
}

TEST(SystemCallFilter, EveryNamespaceIsRefused) {
  SandboxRule rule;
  rule.system_calls = true;
  const SystemCallFilter filter = filter_of(rule);
  constexpr std::uint64_t kNamespaces = 0x7e02'0000;  // CLONE_NEW…, but for NEWTIME: clone3 alone
  for (unsigned bit = 0; bit < 64; ++bit) {
    const std::uint64_t flag = std::uint64_t{1} << bit;
    EXPECT_EQ(verdict(filter, call(SYS_clone, {flag, flag, flag})),
              (flag & kNamespaces) != 0 ? kRefused : std::uint32_t{SECCOMP_RET_ALLOW})
        << bit;
  }
}

TEST(SystemCallFilter, WhatOlderKernelsLeaveOpenInFiles) {
  SandboxRule rule;
  rule.files = true;
  const SystemCallFilter old = filter_of(rule, 2);
  const SystemCallFilter newer = filter_of(rule, 3);
  EXPECT_EQ(verdict(old, call(SYS_truncate)), kRefused);
  EXPECT_EQ(verdict(newer, call(SYS_truncate)), SECCOMP_RET_ALLOW);
  for (const std::uint64_t flags : LongValues{O_RDONLY | O_TRUNC, O_ACCMODE | O_TRUNC}) {
    EXPECT_EQ(verdict(old, call(SYS_openat, {0, 0, flags})), kDenied);
    EXPECT_EQ(verdict(newer, call(SYS_openat, {0, 0, flags})), SECCOMP_RET_ALLOW);
  }
  EXPECT_EQ(verdict(old, call(SYS_openat, {0, 0, O_WRONLY | O_TRUNC})), SECCOMP_RET_ALLOW);
}

TEST(SystemCallSearch, NumbersFarApart) {
  SystemCallSearch search;
  search.decide(5, kDenied);
  search.decide(4099, kRefused);
  search.decide(0x000f'0002, kDenied);
  const SystemCallFilter filter = search.filter(::seccomp_arch_native(), FilterCode());
  for (const auto& [number, wanted] :
       std::map<std::uint32_t, std::uint32_t>{{4, SECCOMP_RET_ALLOW},
                                              {5, kDenied},
                                              {6, SECCOMP_RET_ALLOW},
                                              {37, SECCOMP_RET_ALLOW},
                                              {4098, SECCOMP_RET_ALLOW},
                                              {4099, kRefused},
                                              {4100, SECCOMP_RET_ALLOW},
                                              {0x000f'0002, kDenied},
                                              {0x000f'0003, SECCOMP_RET_ALLOW},
                                              {0x3fff'ffff, SECCOMP_RET_ALLOW},
                                              {0x4000'0005, kUnknown}}) {
    EXPECT_EQ(verdict(filter, call(number)), wanted) << number;
  }
}

/// Jumps of more than 255 instructions, which a condition can't make by itself.
TEST(SystemCallSearch, ManyNumbers) {
  constexpr std::uint32_t kStep = 64;
  SystemCallSearch search;
  for (std::uint32_t at = 0; at < 400; ++at) {
    search.decide(at * kStep + at % 32, at % 2 == 0 ? kDenied : kRefused);
  }
  const SystemCallFilter filter = search.filter(::seccomp_arch_native(), FilterCode());
  ASSERT_LT(filter.size(), std::size_t{BPF_MAXINSNS});
  for (std::uint32_t number = 0; number < 401 * kStep; ++number) {
    const std::uint32_t at = number / kStep;
    const bool is_one = at < 400 && number % kStep == at % 32;
    ASSERT_EQ(verdict(filter, call(number)), !is_one       ? std::uint32_t{SECCOMP_RET_ALLOW}
                                             : at % 2 == 0 ? kDenied
                                                           : kRefused)
        << number;
  }
}

TEST(FilterCode, FarPlacesOnBothSides) {
  for (std::size_t between = 0; between < 600; ++between) {
    for (const bool swapped : {false, true}) {
      FilterCode code;
      const FilterCode::Place refuse = code.answer(kRefused);
      const FilterCode::Place allow = code.answer(SECCOMP_RET_ALLOW);
      FilterCode::Place at = allow;
      for (std::size_t i = 0; i < between; ++i) {
        at = code.add(BPF_LD | BPF_IMM, 0, at);
      }
      at = code.branch(FilterCode::Test::equal, SYS_getpid, swapped ? refuse : allow,
                       swapped ? allow : refuse);
      code.load(offsetof(seccomp_data, nr), at);
      const SystemCallFilter filter = std::move(code).take();
      const auto first = verdict(filter, call(SYS_getpid));
      const auto other = verdict(filter, call(SYS_getppid));
      EXPECT_EQ(first, swapped ? kRefused : std::uint32_t{SECCOMP_RET_ALLOW}) << between;
      EXPECT_EQ(other, swapped ? std::uint32_t{SECCOMP_RET_ALLOW} : kRefused) << between;
    }
  }
}

}  // namespace
}  // namespace kamexec::process

// SPDX-License-Identifier: GPL-2.0-or-later
#include "process/clone_into.h"

#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>
#include <cstddef>
#include <cstdint>

#include <cerrno>

#ifndef SYS_clone3
#define SYS_clone3 435
#endif

namespace kamexec::process {
namespace {

// linux/sched.h, which can't be included beside sched.h: clone_args as of Linux 5.7.
struct CloneArguments {
  std::uint64_t flags = 0;
  std::uint64_t pidfd = 0;
  std::uint64_t child_tid = 0;
  std::uint64_t parent_tid = 0;
  std::uint64_t exit_signal = 0;
  std::uint64_t stack = 0;
  std::uint64_t stack_size = 0;
  std::uint64_t tls = 0;
  std::uint64_t set_tid = 0;
  std::uint64_t set_tid_size = 0;
  std::uint64_t cgroup = 0;
};

constexpr std::uint64_t kIntoCgroup = 0x200000000;  // CLONE_INTO_CGROUP

/// The child comes out of the call on another stack, where nothing leads back into this function:
/// so it goes on within the same instructions. Minus the errno, as the kernel gives it.
long clone3(CloneArguments& arguments, int (*body)(void*), void* argument) {
#if defined(__x86_64__) && !defined(__ILP32__)
  long result = SYS_clone3;
  register CloneArguments* first __asm__("rdi") = &arguments;
  register std::size_t second __asm__("rsi") = sizeof arguments;
  register int (*child_body)(void*) __asm__("r12") = body;
  register void* child_argument __asm__("r13") = argument;
  __asm__ volatile(
      "syscall\n\t"
      "testq %%rax, %%rax\n\t"
      "jnz 1f\n\t"
      "xorl %%ebp, %%ebp\n\t"  // the outermost frame
      "movq %%r13, %%rdi\n\t"
      "callq *%%r12\n\t"
      "hlt\n"
      "1:"
      : "+a"(result)
      : "r"(first), "r"(second), "r"(child_body), "r"(child_argument)
      : "rcx", "r11", "cc", "memory");
  return result;
#elif defined(__aarch64__)
  register long number __asm__("x8") = SYS_clone3;
  register long result __asm__("x0") = reinterpret_cast<long>(&arguments);
  register std::size_t second __asm__("x1") = sizeof arguments;
  register int (*child_body)(void*) __asm__("x19") = body;
  register void* child_argument __asm__("x20") = argument;
  __asm__ volatile(
      "svc #0\n\t"
      "cbnz x0, 1f\n\t"
      "mov x29, #0\n\t"
      "mov x30, #0\n\t"
      "mov x0, x20\n\t"
      "blr x19\n\t"
      "brk #1\n"
      "1:"
      : "+r"(result)
      : "r"(number), "r"(second), "r"(child_body), "r"(child_argument)
      : "cc", "memory");
  return result;
#else
  static_cast<void>(arguments);
  static_cast<void>(body);
  static_cast<void>(argument);
  return -ENOSYS;
#endif
}

}  // namespace

pid_t clone_into_cgroup(int (*body)(void*), void* argument, char* stack, std::size_t stack_size,
                        int cgroup, int& pidfd) {
  CloneArguments arguments;
  arguments.flags = CLONE_VM | CLONE_VFORK | CLONE_PIDFD | kIntoCgroup;
  arguments.pidfd = reinterpret_cast<std::uintptr_t>(&pidfd);
  arguments.exit_signal = SIGCHLD;
  arguments.stack = reinterpret_cast<std::uintptr_t>(stack);
  arguments.stack_size = stack_size;
  arguments.cgroup = static_cast<std::uint64_t>(cgroup);
  const long result = clone3(arguments, body, argument);
  if (result < 0) {
    errno = static_cast<int>(-result);
    return -1;
  }
  return static_cast<pid_t>(result);
}

}  // namespace kamexec::process

// SPDX-License-Identifier: GPL-2.0-or-later
#include "support/sandbox.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>

#include <bit>
#include <cstddef>
#include <cstdint>

namespace kamexec::test {
namespace {

sock_filter statement(int code, std::uint32_t value) {
  return {static_cast<std::uint16_t>(code), 0, 0, value};
}
sock_filter jump(int code, std::uint32_t value, int if_true, int if_false) {
  return {static_cast<std::uint16_t>(code), static_cast<std::uint8_t>(if_true),
          static_cast<std::uint8_t>(if_false), value};
}

}  // namespace

bool refuse_calls(const std::vector<Refused>& calls) {
  constexpr std::uint32_t kNumber = offsetof(seccomp_data, nr);
  constexpr std::uint32_t kFirstArgument =
      offsetof(seccomp_data, args) + (std::endian::native == std::endian::big ? 4 : 0);
  std::vector<sock_filter> filter;
  for (const Refused& refused : calls) {
    const std::uint32_t answer = SECCOMP_RET_ERRNO | static_cast<std::uint32_t>(refused.error);
    const bool always = refused.if_set == 0;
    filter.push_back(statement(BPF_LD | BPF_W | BPF_ABS, kNumber));
    filter.push_back(jump(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(refused.call), 0,
                          always ? 1 : 3));
    if (!always) {
      filter.push_back(statement(BPF_LD | BPF_W | BPF_ABS, kFirstArgument));
      filter.push_back(
          jump(BPF_JMP | BPF_JSET | BPF_K, static_cast<std::uint32_t>(refused.if_set), 0, 1));
    }
    filter.push_back(statement(BPF_RET | BPF_K, answer));
  }
  filter.push_back(statement(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  sock_fprog program{static_cast<unsigned short>(filter.size()), filter.data()};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

}  // namespace kamexec::test

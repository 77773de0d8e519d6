// SPDX-License-Identifier: GPL-2.0-or-later
#include "process/system_call_search.h"

#include <linux/seccomp.h>

#include <cstddef>
#include <set>

#include <cerrno>

namespace kamexec::process {
namespace {

using Filter = std::vector<sock_filter>;
using Run = SystemCallSearch::Run;

/// No verdict of the kernel's: the arguments are to be looked at.
constexpr std::uint32_t kArguments = 1;
/// From here on numbers are those of x32, a second set of calls on x86-64 (__X32_SYSCALL_BIT); no
/// other architecture has any.
constexpr std::uint32_t kForeign = 0x4000'0000;
constexpr std::size_t kFarthestJump = 255;

sock_filter statement(int code, std::uint32_t value) {
  return {static_cast<std::uint16_t>(code), 0, 0, value};
}
sock_filter jump(int code, std::uint32_t value, std::size_t if_true, std::size_t if_false) {
  return {static_cast<std::uint16_t>(BPF_JMP | code | BPF_K), static_cast<std::uint8_t>(if_true),
          static_cast<std::uint8_t>(if_false), value};
}

/// Finds the one of @p runs that a number is in. kArguments stands in for a jump whose distance
/// isn't known yet.
Filter search(std::span<const Run> runs) {
  if (runs.size() == 1) {
    return {statement(BPF_RET | BPF_K, runs.front().verdict)};
  }
  const std::size_t middle = runs.size() / 2;
  Filter all = search(runs.first(middle));
  const Filter right = search(runs.subspan(middle));
  const std::uint32_t first = runs[middle].first;
  if (all.size() <= kFarthestJump) {
    all.insert(all.begin(), jump(BPF_JGE, first, all.size(), 0));
  } else {
    const auto distance = static_cast<std::uint32_t>(all.size());
    all.insert(all.begin(), statement(BPF_JMP | BPF_JA, distance));
    all.insert(all.begin(), jump(BPF_JGE, first, 0, 1));
  }
  all.insert(all.end(), right.begin(), right.end());
  return all;
}

}  // namespace

void SystemCallSearch::decide_others(Run run) {
  others_.push_back(run);
}

std::uint32_t SystemCallSearch::otherwise(std::uint32_t number) const {
  std::uint32_t verdict = SECCOMP_RET_ALLOW;
  for (const Run& run : others_) {
    verdict = run.first <= number ? run.verdict : verdict;
  }
  return verdict;
}

bool SystemCallSearch::look_at_arguments(std::uint32_t number) {
  const auto found = verdicts_.find(number);
  const std::uint32_t now = found == verdicts_.end() ? otherwise(number) : found->second;
  if (now != SECCOMP_RET_ALLOW && now != kArguments) {
    return false;
  }
  verdicts_[number] = kArguments;
  return true;
}

std::vector<sock_filter> SystemCallSearch::filter(std::uint32_t architecture,
                                                  std::span<const sock_filter> of_arguments) const {
  std::set<std::uint32_t> starts{0, kForeign};
  for (const Run& run : others_) {
    starts.insert(run.first);
  }
  for (const auto& [number, verdict] : verdicts_) {
    starts.insert({number, number + 1});
  }
  std::vector<Run> runs;
  for (const std::uint32_t start : starts) {
    const auto known = verdicts_.find(start);
    const std::uint32_t verdict = start >= kForeign          ? SECCOMP_RET_ERRNO | ENOSYS
                                  : known != verdicts_.end() ? known->second
                                                             : otherwise(start);
    if (runs.empty() || runs.back().verdict != verdict) {
      runs.push_back({start, verdict});
    }
  }

  Filter all{statement(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch)),
             jump(BPF_JEQ, architecture, 1, 0),
             statement(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
             statement(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr))};
  const Filter found = search(runs);
  all.insert(all.end(), found.begin(), found.end());
  for (std::size_t at = 0; at < all.size(); ++at) {
    if (all[at].code == (BPF_RET | BPF_K) && all[at].k == kArguments) {
      all[at] = statement(BPF_JMP | BPF_JA, static_cast<std::uint32_t>(all.size() - at - 1));
    }
  }
  all.insert(all.end(), of_arguments.begin(), of_arguments.end());
  return all;
}

}  // namespace kamexec::process

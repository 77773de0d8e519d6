// SPDX-License-Identifier: GPL-2.0-or-later
#include "process/system_call_search.h"

#include <linux/seccomp.h>

#include <cstddef>
#include <set>

#include <cerrno>

namespace kamexec::process {
namespace {

using Filter = std::vector<sock_filter>;

/// No verdict of the kernel's: the arguments are to be looked at.
constexpr std::uint32_t kArguments = 1;
/// From here on numbers are those of x32, a second set of calls on x86-64 (__X32_SYSCALL_BIT); no
/// other architecture has any.
constexpr std::uint32_t kForeign = 0x4000'0000;
constexpr std::uint32_t kForeignVerdict = SECCOMP_RET_ERRNO | ENOSYS;
constexpr std::uint32_t kWordBits = 32;
constexpr std::uint32_t kAll = ~std::uint32_t{0};
constexpr std::uint32_t kBitOfNumber = 0;   ///< where the filter keeps it
constexpr std::uint32_t kSomewhere = kAll;  ///< a jump whose distance isn't known yet

sock_filter statement(int code, std::uint32_t value = 0) {
  return {static_cast<std::uint16_t>(code), 0, 0, value};
}
sock_filter jump(int code, std::uint32_t value, std::uint8_t if_true, std::uint8_t if_false) {
  return {static_cast<std::uint16_t>(BPF_JMP | code | BPF_K), if_true, if_false, value};
}
sock_filter go(std::size_t distance) {
  return statement(BPF_JMP | BPF_JA, static_cast<std::uint32_t>(distance));
}
sock_filter load(std::size_t field) {
  return statement(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(field));
}
sock_filter answer(std::uint32_t verdict) {
  return statement(BPF_RET | BPF_K, verdict);
}

/// Gives the jumps to somewhere the end of @p filter as their aim.
void aim_at_end(Filter& filter) {
  for (std::size_t at = 0; at < filter.size(); ++at) {
    if (filter[at].code == (BPF_JMP | BPF_JA) && filter[at].k == kSomewhere) {
      filter[at] = go(filter.size() - at - 1);
    }
  }
}

/// The numbers from `first` to the next one's. `others`: which of each 32 are not simply allowed,
/// a bit each; a stretch of more than 32 has all or none.
struct Stretch {
  std::uint32_t first;
  std::uint32_t others;
};

/// Answers for numbers that are allowed; others jump to somewhere.
Filter search(std::span<const Stretch> stretches) {
  if (stretches.size() == 1) {
    switch (const std::uint32_t others = stretches.front().others; others) {
      case 0:
        return {answer(SECCOMP_RET_ALLOW)};
      case kAll:
        return {go(kSomewhere)};
      default:
        return {statement(BPF_LD | BPF_MEM, kBitOfNumber), jump(BPF_JSET, others, 0, 1),
                go(kSomewhere), answer(SECCOMP_RET_ALLOW)};
    }
  }
  const std::size_t middle = stretches.size() / 2;
  const Filter left = search(stretches.first(middle));
  const Filter right = search(stretches.subspan(middle));
  Filter all{jump(BPF_JGE, stretches[middle].first, 0, 1), go(left.size())};
  all.insert(all.end(), left.begin(), left.end());
  all.insert(all.end(), right.begin(), right.end());
  return all;
}

}  // namespace

std::uint32_t SystemCallSearch::otherwise(std::uint32_t number) const {
  std::uint32_t verdict = SECCOMP_RET_ALLOW;
  for (const Run& run : others_) {
    verdict = run.first <= number ? run.verdict : verdict;
  }
  return number < kForeign ? verdict : kForeignVerdict;
}

std::uint32_t SystemCallSearch::verdict_of(std::uint32_t number) const {
  const auto found = verdicts_.find(number);
  return found == verdicts_.end() ? otherwise(number) : found->second;
}

bool SystemCallSearch::look_at_arguments(std::uint32_t number) {
  const std::uint32_t now = verdict_of(number);
  if (now != SECCOMP_RET_ALLOW && now != kArguments) {
    return false;
  }
  verdicts_[number] = kArguments;
  return true;
}

std::vector<sock_filter> SystemCallSearch::filter(std::uint32_t architecture,
                                                  std::span<const sock_filter> of_arguments) const {
  std::set<std::uint32_t> words{0, kForeign};
  const auto add_word = [&words](std::uint32_t number) {
    words.insert(number - number % kWordBits);
  };
  for (const Run& run : others_) {
    add_word(run.first);
  }
  for (const auto& [number, verdict] : verdicts_) {
    add_word(number);
  }
  std::vector<Stretch> stretches;
  const auto add = [&stretches](std::uint32_t first, std::uint32_t others) {
    if (!stretches.empty() && stretches.back().first == first) {
      stretches.pop_back();
    }
    const bool is_plain = others == 0 || others == kAll;
    if (stretches.empty() || !is_plain || stretches.back().others != others) {
      stretches.push_back({first, others});
    }
  };
  for (const std::uint32_t word : words) {
    std::uint32_t others = 0;
    for (std::uint32_t bit = 0; bit < kWordBits; ++bit) {
      others |= std::uint32_t{verdict_of(word + bit) != SECCOMP_RET_ALLOW} << bit;
    }
    add(word, others);
    // Up to the next word nothing is decided by itself.
    add(word + kWordBits, otherwise(word + kWordBits) == SECCOMP_RET_ALLOW ? 0 : kAll);
  }

  Filter all{load(offsetof(seccomp_data, arch)),
             jump(BPF_JEQ, architecture, 1, 0),
             answer(SECCOMP_RET_KILL_PROCESS),
             load(offsetof(seccomp_data, nr)),
             statement(BPF_ALU | BPF_AND | BPF_K, kWordBits - 1),
             statement(BPF_MISC | BPF_TAX),
             statement(BPF_LD | BPF_IMM, 1),
             statement(BPF_ALU | BPF_LSH | BPF_X),
             statement(BPF_ST, kBitOfNumber),
             load(offsetof(seccomp_data, nr))};
  const Filter found = search(stretches);
  all.insert(all.end(), found.begin(), found.end());
  aim_at_end(all);

  // The others, each by itself; what is left of them is answered by the stretch it is in.
  all.push_back(load(offsetof(seccomp_data, nr)));
  for (const auto& [number, verdict] : verdicts_) {
    if (verdict != SECCOMP_RET_ALLOW && verdict != otherwise(number) && number < kForeign) {
      all.push_back(jump(BPF_JEQ, number, 0, 1));
      all.push_back(verdict == kArguments ? go(kSomewhere) : answer(verdict));
    }
  }
  all.push_back(jump(BPF_JGE, kForeign, 0, 1));
  all.push_back(answer(kForeignVerdict));
  for (auto run = others_.rbegin(); run != others_.rend(); ++run) {
    all.push_back(jump(BPF_JGE, run->first, 0, 1));
    all.push_back(answer(run->verdict));
  }
  all.push_back(answer(SECCOMP_RET_ALLOW));
  aim_at_end(all);
  all.insert(all.end(), of_arguments.begin(), of_arguments.end());
  return all;
}

}  // namespace kamexec::process

// SPDX-License-Identifier: GPL-2.0-or-later
#include "process/system_call_search.h"

#include <linux/seccomp.h>

#include <cstddef>
#include <set>

#include <cerrno>

namespace kamexec::process {
namespace {

using Place = FilterCode::Place;
using Test = FilterCode::Test;

/// From here on numbers are those of x32, a second set of calls on x86-64 (__X32_SYSCALL_BIT); no
/// other architecture has any.
constexpr std::uint32_t kForeign = 0x4000'0000;
constexpr std::uint32_t kForeignVerdict = SECCOMP_RET_ERRNO | ENOSYS;
constexpr std::uint32_t kWordBits = 32;
constexpr std::uint32_t kAll = ~std::uint32_t{0};

}  // namespace

std::uint32_t SystemCallSearch::otherwise(std::uint32_t number) const {
  std::uint32_t verdict = SECCOMP_RET_ALLOW;
  for (const Run& run : others_) {
    verdict = run.first <= number ? run.verdict : verdict;
  }
  return number < kForeign ? verdict : kForeignVerdict;
}

SystemCallSearch::Decision SystemCallSearch::decision_of(std::uint32_t number) const {
  const auto found = decisions_.find(number);
  return found == decisions_.end() ? Decision{otherwise(number), {}} : found->second;
}

bool SystemCallSearch::refuses(std::uint32_t number) const {
  const Decision decision = decision_of(number);
  return decision.by_arguments == 0 && decision.verdict != SECCOMP_RET_ALLOW;
}

std::vector<SystemCallSearch::Stretch> SystemCallSearch::stretches() const {
  std::set<std::uint32_t> words{0, kForeign};
  const auto add_word = [&words](std::uint32_t number) {
    words.insert(number - number % kWordBits);
  };
  for (const Run& run : others_) {
    add_word(run.first);
  }
  for (const auto& [number, decision] : decisions_) {
    add_word(number);
  }
  std::vector<Stretch> all;
  const auto add = [&all](std::uint32_t first, std::uint32_t others) {
    if (!all.empty() && all.back().first == first) {
      all.pop_back();
    }
    const bool is_plain = others == 0 || others == kAll;
    if (all.empty() || !is_plain || all.back().others != others) {
      all.push_back({first, others});
    }
  };
  for (const std::uint32_t word : words) {
    std::uint32_t others = 0;
    for (std::uint32_t bit = 0; bit < kWordBits; ++bit) {
      const Decision decision = decision_of(word + bit);
      const bool is_other = decision.by_arguments != 0 || decision.verdict != SECCOMP_RET_ALLOW;
      others |= std::uint32_t{is_other} << bit;
    }
    add(word, others);
    // Up to the next word nothing is decided by itself.
    add(word + kWordBits, otherwise(word + kWordBits) == SECCOMP_RET_ALLOW ? 0 : kAll);
  }
  return all;
}

/// What isn't simply allowed: each by itself, what is left by the run that it is in.
Place SystemCallSearch::decide_each(FilterCode& code) const {
  Place next = code.answer(SECCOMP_RET_ALLOW);
  for (const Run& run : others_) {
    const Place verdict = code.answer(run.verdict);
    next = run.first == 0 ? verdict : code.branch(Test::at_least, run.first, verdict, next);
  }
  next = code.branch(Test::at_least, kForeign, code.answer(kForeignVerdict), next);
  for (const auto& [number, decision] : decisions_) {
    if (number < kForeign &&
        (decision.by_arguments != 0 ||
         (decision.verdict != SECCOMP_RET_ALLOW && decision.verdict != otherwise(number)))) {
      const Place decided =
          decision.by_arguments != 0 ? decision.by_arguments : code.answer(decision.verdict);
      next = code.branch(Test::equal, number, decided, next);
    }
  }
  return code.load(offsetof(seccomp_data, nr), next);
}

/// By the number in the accumulator: loads the others of its 32, and goes to @p test_bit.
Place SystemCallSearch::search(std::span<const Stretch> stretches, Place test_bit,
                               FilterCode& code) {
  if (stretches.size() == 1) {
    return code.add(BPF_LD | BPF_IMM, stretches.front().others, test_bit);
  }
  const std::size_t middle = stretches.size() / 2;
  const Place right = search(stretches.subspan(middle), test_bit, code);
  const Place left = search(stretches.first(middle), test_bit, code);
  return code.branch(Test::at_least, stretches[middle].first, right, left);
}

std::vector<sock_filter> SystemCallSearch::filter(std::uint32_t architecture,
                                                  FilterCode code) const {
  const Place kill = code.answer(SECCOMP_RET_KILL_PROCESS);
  const Place allow = code.answer(SECCOMP_RET_ALLOW);
  const Place others = decide_each(code);
  const Place test_bit = code.branch_on_index(Test::any_bit, others, allow);
  Place at = search(stretches(), test_bit, code);
  at = code.load(offsetof(seccomp_data, nr), at);
  at = code.branch(Test::equal, architecture, at, kill);
  at = code.load(offsetof(seccomp_data, arch), at);
  // The bit of the number stays in the index register.
  at = code.add(BPF_MISC | BPF_TAX, 0, at);
  at = code.add(BPF_ALU | BPF_LSH | BPF_X, 0, at);
  at = code.add(BPF_LD | BPF_IMM, 1, at);
  at = code.add(BPF_MISC | BPF_TAX, 0, at);
  at = code.add(BPF_ALU | BPF_AND | BPF_K, kWordBits - 1, at);
  at = code.load(offsetof(seccomp_data, nr), at);
  // While a filter is put on, the kernel walks through it for each number there is, to find those
  // that it needs not ask about (seccomp_cache_prepare() of kernel/seccomp.c). The walk takes
  // longer than all else, and ends where the filter does what it doesn't know: here, at once.
  code.add(BPF_LDX | BPF_IMM, 0, at);
  return std::move(code).take();
}

}  // namespace kamexec::process

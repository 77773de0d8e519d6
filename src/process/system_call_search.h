// SPDX-License-Identifier: GPL-2.0-or-later
// A filter that finds a call's verdict by its number, in as few instructions as there can be: a bit
// for each number, 32 of them in one comparison. A comparison with each number by itself, as
// libseccomp makes it, is five times as long, and the start of a program as much slower.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "process/filter_code.h"

namespace kamexec::process {

class SystemCallSearch {
 public:
  /// The numbers from `first` to the next run's are decided alike.
  struct Run {
    std::uint32_t first = 0;
    std::uint32_t verdict = 0;  ///< SECCOMP_RET_…
  };

  /// What isn't decided by itself: in ascending order. Without it all is allowed.
  void decide_others(Run run) { others_.push_back(run); }
  /// The last one counts, of these and of decide_by_arguments().
  void decide(std::uint32_t number, std::uint32_t verdict) { decisions_[number] = {verdict, {}}; }
  /// Goes on at @p code, a place in the code that filter() gets.
  void decide_by_arguments(std::uint32_t number, FilterCode::Place code) {
    decisions_[number] = {{}, code};
  }
  /// Whatever the arguments are.
  [[nodiscard]] bool refuses(std::uint32_t number) const;

  /// Calls of another architecture than @p architecture (AUDIT_ARCH_…) end the process.
  [[nodiscard]] std::vector<sock_filter> filter(std::uint32_t architecture, FilterCode code) const;

 private:
  struct Decision {
    std::uint32_t verdict = 0;
    FilterCode::Place by_arguments = 0;  ///< 0: none, the verdict counts
  };
  /// The numbers from `first` to the next one's. `others`: which of each 32 are not simply allowed,
  /// a bit each; a stretch of more than 32 has all or none.
  struct Stretch {
    std::uint32_t first;
    std::uint32_t others;
  };

  [[nodiscard]] std::uint32_t otherwise(std::uint32_t number) const;
  [[nodiscard]] Decision decision_of(std::uint32_t number) const;
  [[nodiscard]] std::vector<Stretch> stretches() const;
  FilterCode::Place decide_each(FilterCode& code) const;
  static FilterCode::Place search(std::span<const Stretch> stretches, FilterCode::Place test_bit,
                                  FilterCode& code);

  std::vector<Run> others_;
  std::map<std::uint32_t, Decision> decisions_;
};

}  // namespace kamexec::process

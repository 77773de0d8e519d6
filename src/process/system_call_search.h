// SPDX-License-Identifier: GPL-2.0-or-later
// A filter that finds a call's verdict by its number, in as few instructions as there can be: a bit
// for each number, 32 of them in one comparison. libseccomp compares with each number by itself,
// which makes a filter of the list of calls four times as long, and the start of a program as much
// slower.
#pragma once

#include <linux/filter.h>

#include <cstdint>
#include <map>
#include <span>
#include <vector>

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
  /// The last one counts.
  void decide(std::uint32_t number, std::uint32_t verdict) { verdicts_[number] = verdict; }
  /// The call's arguments count. False: it isn't allowed anyway.
  bool look_at_arguments(std::uint32_t number);

  /// Calls of another architecture than @p architecture (AUDIT_ARCH_…) end the process. Those whose
  /// arguments count go on to @p of_arguments, a filter by itself.
  [[nodiscard]] std::vector<sock_filter> filter(std::uint32_t architecture,
                                                std::span<const sock_filter> of_arguments) const;

 private:
  [[nodiscard]] std::uint32_t otherwise(std::uint32_t number) const;
  [[nodiscard]] std::uint32_t verdict_of(std::uint32_t number) const;

  std::vector<Run> others_;
  std::map<std::uint32_t, std::uint32_t> verdicts_;
};

}  // namespace kamexec::process

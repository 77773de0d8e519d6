// SPDX-License-Identifier: GPL-2.0-or-later
// Measures in turns, so that a change of the machine's speed meets every subject alike.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "tool/bench/subject.h"

namespace kamexec::tool {

inline constexpr int kLeastRounds = 7;

struct RoundsPlan {
  int rounds = 30;
  int calls = 0;     ///< of each subject in each round; 0: see calls_for()
  int seconds = 20;  ///< no round beyond kLeastRounds begins after that
};

/// Microseconds for one call: the median of the rounds and their quartiles.
struct Figures {
  std::string name;
  std::string what;
  double median_us = 0;
  double first_quartile_us = 0;
  double third_quartile_us = 0;
};

struct Measured {
  std::string title;
  std::vector<Figures> subjects;  ///< in the contest's order
  std::vector<std::string> notes;
  int rounds = 0;
  int calls = 0;
};

/// Of @p values, which are not empty: the one that a share @p of 1 of them lies below, between two
/// of them where need be.
[[nodiscard]] double quantile(std::vector<double> values, double share);

/// So many calls of @p call_us microseconds that a round takes some 30 ms; 1 to 1000.
[[nodiscard]] int calls_for(double call_us);

/// A first call of each warms caches up and is not counted; the slowest of them decides how many
/// calls a round has. Then each round goes through all subjects, forwards and backwards by turns.
/// The error names the subject whose call failed.
[[nodiscard]] Result<Measured> measure(const Contest& contest, const RoundsPlan& plan);

}  // namespace kamexec::tool

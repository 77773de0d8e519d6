// SPDX-License-Identifier: GPL-2.0-or-later
// What following a caller's values finds, and the work that it may take.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace kamexec::command {

/// A place where what a caller sends is code, or chooses what runs.
struct Interpreted {
  std::uint32_t origin = 0;
  int variable = -1;    ///< the value that it comes from; -1: the environment or standard input
  std::string source;   ///< "$rU", "$SIP_USER", "standard input"
  std::string program;  ///< by whose name "# kamexec: allow NAME" lets it pass
  std::string message;  ///< behind the source: "can't be used here: …"
  std::string remedy;
};

struct Interpretation {
  std::vector<Interpreted> places;  ///< kMostErrors at most and one more, each told once
  std::size_t steps = 0;            ///< the work that it took; more than kMostSteps: given up
};

/// The work that is spent on one text: no more than 25 ns a step on a processor of 2020, so that no
/// text takes more than a millisecond, whatever its shape. An operator's text takes some hundreds.
constexpr std::size_t kMostSteps = 40'000;

}  // namespace kamexec::command

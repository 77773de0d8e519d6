// SPDX-License-Identifier: GPL-2.0-or-later
// Where a caller's values end up as code, or decide what runs: followed through shell variables,
// pipes, files and substitutions to the programs of the table (known_programs.h).
#pragma once

#include <vector>

#include "command/known_programs.h"
#include "command/prepare_options.h"
#include "command/scan.h"

namespace kamexec {

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

/// All such places of a scanned text. Where following it takes more than kMostSteps, that is one
/// more place, of the first thing in it that is a caller's, by the name "length". @p names: of the
/// variables, in order. @p appended: the one that is exec_dset's R-URI, which is no option; -1:
/// none.
[[nodiscard]] Interpretation find_interpreted(const Scan& scan,
                                              const std::vector<std::string>& names, int appended,
                                              const PrepareOptions& options);

}  // namespace kamexec

// SPDX-License-Identifier: GPL-2.0-or-later
// Where a caller's values end up as code, or decide what runs: followed through shell variables,
// pipes, files and substitutions to the programs of the table (known_programs.h).
#pragma once

#include <string>
#include <vector>

#include "command/interpreted.h"
#include "command/prepare_options.h"
#include "command/scan.h"

namespace kamexec::command {

/// All such places of a scanned text. Where following it takes more than kMostSteps, that is one
/// more place, of the first thing in it that is a caller's, by the name "length". @p names: of the
/// variables, in order. @p appended: the one that is exec_dset's R-URI, which is no option; -1:
/// none.
[[nodiscard]] Interpretation find_interpreted(const Scan& scan,
                                              const std::vector<std::string>& names, int appended,
                                              const PrepareOptions& options);

}  // namespace kamexec::command

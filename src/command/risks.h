// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <vector>

#include "command/prepare.h"
#include "command/scan.h"

namespace kamexec {

/// What quoting can't cure, as warnings: values that another interpreter will parse, that may be
/// read as an option, that name a program or a file. One for a value, the first in the text, and
/// Scan::kMostErrors of them at most. @p appended: the value that is the R-URI, no option; -1:
/// none.
[[nodiscard]] std::vector<Finding> find_risks(const CommandTemplate& parts, const Scan& scan,
                                              const PrepareOptions& options, int appended);

}  // namespace kamexec

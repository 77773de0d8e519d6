// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <vector>

#include "command/prepare.h"
#include "command/scan.h"

namespace kamexec {

/// Where a shell's own commands compute with a word, or take it for the name of a variable, they
/// run commands that it holds, a[$(command)], however it is quoted. Values there are errors.
[[nodiscard]] std::vector<Finding> find_evaluations(const CommandTemplate& parts, const Scan& scan);

}  // namespace kamexec

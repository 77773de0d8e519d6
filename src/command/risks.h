// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <vector>

#include "command/prepare.h"
#include "command/scan.h"

namespace kamexec {

/// What quoting can't cure, as warnings: values that another interpreter will parse, that may be
/// read as an option, that name a program or a file.
[[nodiscard]] std::vector<Finding> find_risks(const CommandTemplate& parts, const Scan& scan,
                                              const PrepareOptions& options);

}  // namespace kamexec

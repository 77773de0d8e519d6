// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

#include "base/error.h"

namespace kamexec {

/// Runs @p text as Kamailio's own module does, by popen(3): a shell for each call, no deadline.
/// What it printed replaces @p output; any end but exit status 0 is an error.
[[nodiscard]] Result<void> call_by_popen(const std::string& text, std::string& output);

}  // namespace kamexec

// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

#include "command/template.h"

namespace kamexec::check {

/// Whether the text hands a SIP_… variable of the environment, which holds what a caller sent, to
/// something that parses its arguments once more (eval, sh -c, ssh …): says so, naming it. Empty:
/// not found; by way of other variables or files it can't be found.
[[nodiscard]] std::string parsed_environment(const CommandTemplate& parts);

}  // namespace kamexec::check

// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

#include "command/scan.h"
#include "command/template.h"

namespace kamexec::command {

/// The constant text for `sh -c TEXT exec VALUE…`: the operator's own, byte for byte, with every
/// variable replaced by a reference to its value, quoted as its spot needs it.
/// Where the text has a use for $1, $@ … of its own, the values get names first, in front of it,
/// and the positional parameters are cleared, as they are under `sh -c TEXT`.
/// The only other change: a blank in front of a text that begins with '-' or '+'.
[[nodiscard]] std::string constant_text(const CommandTemplate& parts, const Scan& scan);

}  // namespace kamexec::command

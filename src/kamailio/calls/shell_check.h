// SPDX-License-Identifier: GPL-2.0-or-later
// Whether /bin/sh can parse the configuration's texts: asked for all together, as each process more
// lengthens the start.
#pragma once

#include <string>

#include "command/prepared_command.h"

namespace kamexec::module {

/// While the configuration loads, @p command is remembered for shell_refuses(), and this is
/// true. Later (a script engine that calls a native function) it is asked at once;
/// false after an error in the log.
[[nodiscard]] bool shell_accepts(const std::string& label, const command::PreparedCommand& command);

/// Ends the loading: asks about all that are remembered. How many the shell refuses; each is in the
/// log.
[[nodiscard]] int shell_refuses();

}  // namespace kamexec::module

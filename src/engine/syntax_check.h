// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

#include "base/error.h"

namespace kamexec {

/// Asks the system's shell (`/bin/sh -n`) whether it can parse @p text, without running it. The
/// error holds the shell's own words. A shell that can't be run, or that takes longer than some
/// seconds, is no error of the text: success. Starts a process: while a configuration is loaded.
[[nodiscard]] Result<void> check_shell_syntax(const std::string& text);

}  // namespace kamexec

// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/error.h"

namespace kamexec::engine {

/// Asks the system's shell (`/bin/sh -n`) whether it can parse @p text, without running it. The
/// error holds the shell's own words. A shell that can't be run, or that takes longer than some
/// seconds, is no error of the text: success. Starts a process: while a configuration is loaded.
[[nodiscard]] Result<void> check_shell_syntax(const std::string& text);

/// The same of many, each for itself, in the order given: with two processes where all is well, and
/// with some more for each text that isn't.
[[nodiscard]] std::vector<Result<void>> check_shell_syntax(std::span<const std::string> texts);

}  // namespace kamexec::engine

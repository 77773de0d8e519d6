// SPDX-License-Identifier: GPL-2.0-or-later
// A command line as a completion script of each shell. Names and descriptions are quoted for the
// shell; a script defines functions whose names begin with _kamexec and nothing else.
#pragma once

#include <string>

#include "tool/completions/command_line.h"

namespace kamexec::tool {

/// For bash 4.4 or later, with or without the package bash-completion.
[[nodiscard]] std::string bash_completion(const CommandFacts& tool);
/// A file for a directory of zsh's $fpath, to be named _kamexec.
[[nodiscard]] std::string zsh_completion(const CommandFacts& tool);
[[nodiscard]] std::string fish_completion(const CommandFacts& tool);

}  // namespace kamexec::tool

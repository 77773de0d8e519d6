// SPDX-License-Identifier: GPL-2.0-or-later
// What in an operator's own code, for an interpreter that isn't a shell of ours, runs what the code
// is given.
#pragma once

#include <string_view>

#include "command/taint_state.h"

namespace kamexec::command::taint {

/// Whether @p code has the name of @p file in it, as a word or the end of a path.
[[nodiscard]] bool names_file(std::string_view code, std::string_view file);

/// Whether sed's @p code runs lines of its input: the command e alone, or s///e.
[[nodiscard]] bool sed_runs_its_input(std::string_view code);

/// Whether perl's <>, -n and -p open operands: they run one that begins or ends in '|'.
[[nodiscard]] bool perl_opens_operands(const Arguments& args, std::string_view code);

/// What perl's @p code opens or runs a file with: "open", where no mode stands between the handle
/// and the name, or "do". Empty: neither.
[[nodiscard]] std::string_view perl_file_command(std::string_view code);

/// Whether zsh's @p code expands what it is given once more: ${(e)x}, or takes it for a name:
/// ${(P)x}.
[[nodiscard]] bool zsh_expands_again(std::string_view code);

}  // namespace kamexec::command::taint

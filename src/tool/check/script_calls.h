// SPDX-License-Identifier: GPL-2.0-or-later
// Exec calls in scripts of script engines (KEMI: Lua, Python, JavaScript …; app_perl). The scripts
// are not understood: names of functions are looked for.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tool/check/configuration.h"

namespace kamexec::tool::check {

struct ScriptCall {
  SourceLocation location;
  std::string function;  ///< "exec_cmd", "exec_cmd_p1"
  /// The command is one literal, which is the first argument: nothing is pasted into it.
  bool is_literal = false;
  std::string text;  ///< of the literal; else the line as it stands
};

/// The function of the configuration's that a script engine's is another form of: without _p0 to
/// _p9, which say how many values come behind the text.
[[nodiscard]] std::string_view without_values(std::string_view name);

/// Every name of an exec function in @p text that is not in a comment of its own line.
/// @p file: number of the script in Configuration::files.
[[nodiscard]] std::vector<ScriptCall> find_script_calls(std::string_view text, std::uint32_t file);

/// Reads the scripts that the configuration names, adds their names to its files and a note for
/// each that can't be read.
[[nodiscard]] std::vector<ScriptCall> read_scripts(Configuration& configuration);

}  // namespace kamexec::tool::check

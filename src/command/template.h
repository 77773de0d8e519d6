// SPDX-License-Identifier: GPL-2.0-or-later
// What a host hands over: shell text with the places of its variables, not their values.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace kamexec::command {

/// One stretch of a command's text.
struct TemplatePart {
  bool is_variable = false;
  /// Fixed text, byte for byte; or, of a variable, its name as the configuration wrote it ("$rU"),
  /// used in messages alone.
  std::string text;
};

/// A command as written: fixed text and variables in turn. The n-th variable takes the n-th value.
using CommandTemplate = std::vector<TemplatePart>;

/// Whether there is any text of the operator's own in it; a command that is variables and blanks
/// alone is whatever their values say.
[[nodiscard]] bool has_fixed_text(const CommandTemplate& parts);

/// Reads the form that script engines (KEMI) use, where the host has no variables of its own:
/// $1 … $9 and ${1} … ${9} are variables, wherever they stand (in single quotes too), and $$ is one
/// '$' for the shell; any other '$' stays as it is. A variable's name is what was written.
/// The value of the n-th part in order is values[n_of_part - 1]: see PositionalTemplate::order.
struct PositionalTemplate {
  CommandTemplate parts;
  /// For each variable part in order: which value it takes, counted from 0.
  std::vector<unsigned> order;
};
[[nodiscard]] PositionalTemplate read_positional(std::string_view text);

}  // namespace kamexec::command

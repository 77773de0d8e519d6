// SPDX-License-Identifier: GPL-2.0-or-later
// How a program of the table reads one of its options.
#pragma once

#include <string>

#include "command/known_programs.h"
#include "command/taint_state.h"

namespace kamexec::command::taint {

enum class OptionKind { none, code, program, value, pair };

struct Option {
  OptionKind kind = OptionKind::none;
  std::string name;
  bool attached = false;       ///< its value is in the same word
  bool is_first_code = false;  ///< sh -c
  bool is_input = false;
  bool is_open = false;  ///< which option it is hangs on what the shell puts there
};

/// Whether the word is read as an option, as long as options are read.
[[nodiscard]] bool is_option(const Argument& arg);

/// @p arg: is_option(). Long names may be cut short, letters may share a word.
[[nodiscard]] Option read_option(const KnownProgram& known, const Argument& arg);

}  // namespace kamexec::command::taint

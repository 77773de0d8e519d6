// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

namespace kamexec::command {

/// Something to tell the operator of a command's text.
struct Finding {
  enum class Severity { error, warning };
  Severity severity = Severity::error;
  /// Where in the text as written, both from 1 (variables count with the length of their name).
  unsigned line = 1;
  unsigned column = 1;
  std::string message;  ///< what is wrong, naming the variable or word
  std::string remedy;   ///< what to write instead
  /// A value of a caller's is read as code, or chooses what runs; a warning where it is let pass.
  bool is_interpreted = false;
  bool is_let_pass = false;  ///< by name, in a comment of the text
};

}  // namespace kamexec::command

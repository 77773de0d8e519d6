// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "command/prepared_command.h"
#include "command/template.h"

namespace kamexec {

struct PrepareOptions {
  /// One more value, quoted, as the last argument of the text: exec_dset's R-URI.
  bool append_argument = false;
  /// Directories, as in PATH, where a plain word's program is looked for. A view: only used during
  /// the call. The host gives its own PATH.
  std::string_view search_path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  /// Whether a variable's value, by its name as written, never begins with '-': no warning then
  /// that a program could read it as an option. nullptr: nothing is known of any.
  bool (*never_an_option)(std::string_view name) = nullptr;
};

/// Something to tell the operator of a command's text.
struct Finding {
  enum class Severity { error, warning };
  Severity severity = Severity::error;
  /// Where in the text as written, both from 1 (variables count with the length of their name).
  unsigned line = 1;
  unsigned column = 1;
  std::string message;  ///< what is wrong, naming the variable or word
  std::string remedy;   ///< what to write instead
};

struct Preparation {
  /// Absent exactly when there is a finding that is an error.
  std::optional<PreparedCommand> command;
  std::vector<Finding> findings;
};

/// Prepares a command once, when a configuration is loaded. Pure but for looking for the program of
/// plain words. Errors: a variable where no quoting can make it safe (arithmetic, the name of a
/// shell variable, a here-document with a quoted delimiter), or where shells read the text
/// differently; text that ends inside a quote or a substitution; a NUL byte. Warnings: values that
/// quoting can't cure (handed to eval, sh -c, ssh, su -c …; a value that the program may read as an
/// option; a value that names the program), and a program that is not there.
/// docs/prepared-commands.md tells the whole.
[[nodiscard]] Preparation prepare(const CommandTemplate& text, const PrepareOptions& options = {});

}  // namespace kamexec

// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "command/prepared_command.h"
#include "command/template.h"

namespace kamexec {

class AddedPrograms;

/// What is known of a variable's value.
struct ValueFacts {
  bool is_callers = true;     ///< it may hold any bytes of a caller's
  bool is_number = false;     ///< decimal digits alone, perhaps with a sign
  bool may_be_option = true;  ///< it may begin with '-'
};

/// modparam "interpreted_values".
enum class InterpretedValues {
  refuse,  ///< an error
  warn,    ///< a warning
  ignore,  ///< not looked for
};

struct PrepareOptions {
  /// One more value, quoted, as the last argument of the text: exec_dset's R-URI.
  bool append_argument = false;
  /// Directories, as in PATH, where a plain word's program is looked for. A view: only used during
  /// the call. The host gives its own PATH.
  std::string_view search_path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  /// What is known of a variable's value, by its name as written. nullptr: all are a caller's.
  ValueFacts (*facts_of)(std::string_view name) = nullptr;
  /// Variables that hold nothing but decimal digits, whatever facts_of says; names as written.
  std::span<const std::string> numbers = {};
  /// SIP_* of the environment are a caller's (setvars).
  bool environment_is_callers = false;
  /// What a caller sends on standard input, for messages: "the message"; empty: nothing.
  std::string_view input = {};
  /// What becomes of a value that is read as code, or chooses what runs.
  InterpretedValues interpreted = InterpretedValues::refuse;
  /// Programs that the table doesn't know. Not owned; nullptr: none.
  const AddedPrograms* interpreters = nullptr;

  [[nodiscard]] ValueFacts facts(std::string_view name) const;
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
  /// A value of a caller's is read as code, or chooses what runs; a warning where it is let pass.
  bool is_interpreted = false;
  bool is_let_pass = false;  ///< by name, in a comment of the text
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

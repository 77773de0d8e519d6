// SPDX-License-Identifier: GPL-2.0-or-later
// What the preparation of a command is told: where its values come from, and what is known of them.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace kamexec::command {

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

}  // namespace kamexec::command

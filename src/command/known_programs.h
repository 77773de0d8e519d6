// SPDX-License-Identifier: GPL-2.0-or-later
// The table of programs that read some of their arguments or their input as code, or run what these
// name: how each reads its arguments.
#pragma once

#include <deque>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"

namespace kamexec::command {

/// Lists are separated by blanks. An option is written as in a command: "-c", "--command", "-exec".
struct KnownProgram {
  /// Without directory and without a version behind: "python" is python3.11 too.
  std::string_view names;
  /// What each operand (a word that is no option) is, a letter each; the last holds for the rest:
  /// d data; c code; j code, together with all that follow; s a script or another file that is run;
  /// b data, but code where a value begins it; r a command begins here; a assignments NAME=value
  /// until a command begins; x as r, with words of standard input behind; w known programs among
  /// the rest are run; f as find's; u data that is a host or a user.
  std::string_view operands = "d";
  /// Options whose value is code.
  std::string_view code = {};
  /// What the operands are where one of these is given; empty: as ever.
  std::string_view operands_with_code = {};
  /// Options that make the first operand code, wherever they stand: sh -c.
  std::string_view first_code = {};
  /// Options whose value names what is run or loaded, or where that is looked for.
  std::string_view programs = {};
  /// Options that take another value.
  std::string_view values = {};
  /// Options that take two words.
  std::string_view pairs = {};
  /// Standard input is code where no code is given and there are at most so many operands; -1:
  /// never.
  int input_operands = -1;
  /// Options that make standard input code all the same.
  std::string_view input_options = {};
  /// Options are taken behind operands too.
  bool options_anywhere = false;
  /// An option of a caller's choice can run programs: a value must not stand where one could.
  bool options_run = false;
  /// Behind an option with code there are no others: python -c.
  bool code_ends_options = false;
  /// Words that begin with '+' are code.
  bool plus_is_code = false;
  /// The code is shell text, which is looked into.
  bool is_shell = false;
  /// Files in the current or the home directory that are code to it without being named.
  std::string_view reads = {};
  /// Environment variables are code.
  bool environment_is_code = false;
  /// What in its code runs text that it gets as data: "system(" of awk.
  std::string_view runs = {};
  /// What to write instead.
  std::string_view remedy = {};

  /// It reads nothing as code and runs nothing: only its options are known.
  [[nodiscard]] constexpr bool is_data() const {
    return operands == "d" && code.empty() && programs.empty() && first_code.empty() &&
           input_operands < 0 && !options_run;
  }
};

/// Programs that the operator adds to the table: owns the texts of what it was given.
class AddedPrograms {
 public:
  /// Reads "name=lua-sh; code=-e --eval; operands=sd; values=-I; programs=-l; input=0": see
  /// docs/reference/parameters.md. The error says what is wrong with it.
  [[nodiscard]] Result<void> add(std::string_view text);
  [[nodiscard]] const std::deque<KnownProgram>& all() const { return all_; }

 private:
  std::deque<std::string> texts_;
  std::deque<KnownProgram> all_;
};

/// nullptr: not known. @p program: as written, a path or a name. @p added: looked at first.
[[nodiscard]] const KnownProgram* known_program(std::string_view program,
                                                const AddedPrograms* added = nullptr);

/// Whether @p list, separated by blanks, holds @p word.
[[nodiscard]] bool lists(std::string_view list, std::string_view word);

/// Whether a variable of the environment or the shell decides what is run or how text is read.
[[nodiscard]] bool is_decisive(std::string_view variable);

}  // namespace kamexec::command

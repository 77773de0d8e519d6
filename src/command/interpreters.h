// SPDX-License-Identifier: GPL-2.0-or-later
// What is known of programs that take a program's text: from arguments, or from standard input.
#pragma once

#include <array>
#include <string_view>

namespace kamexec {

struct Interpreter {
  std::string_view name;  ///< without a version behind it: python for python3.11
  /// Letters of the options whose next word, or rest, is text to run: "c" for sh -c and -xc.
  std::string_view letters;
  std::string_view long_option;  ///< the same, as --option TEXT or --option=TEXT
  /// Which of the words that are no options is text to run, from 1; 0: none.
  unsigned text_operand = 0;
  /// Options that take words of their own, and how many each.
  std::array<std::string_view, 3> other_options = {};
  unsigned words_of_other_options = 1;
  /// Standard input is text to run, where at most so many words are no options; -1: it never is.
  int operands_with_input = -1;
};

/// nullptr: not known to be one. @p program: as written, a path or a name.
[[nodiscard]] const Interpreter* interpreter(std::string_view program);

/// Shell commands and programs that parse all of their arguments once more.
[[nodiscard]] bool parses_arguments(std::string_view program);
/// Those that do so on another machine.
[[nodiscard]] bool runs_remotely(std::string_view program);
/// Programs that run the command behind their own options: sudo, env, timeout …
[[nodiscard]] bool is_wrapper(std::string_view program);

}  // namespace kamexec

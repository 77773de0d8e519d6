// SPDX-License-Identifier: GPL-2.0-or-later
#include "command/plain_words.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace kamexec {
namespace {

/// Builtins of dash, bash and busybox sh that either have no program, or one that differs. true and
/// false don't differ; echo is looked at below.
constexpr auto kShellOnly = std::to_array<std::string_view>(
    {".",       ":",         "[",        "alias",    "bg",      "bind",     "break",   "builtin",
     "caller",  "cd",        "chdir",    "command",  "compgen", "complete", "compopt", "continue",
     "declare", "dirs",      "disown",   "enable",   "eval",    "exec",     "exit",    "export",
     "fc",      "fg",        "getopts",  "hash",     "help",    "history",  "jobs",    "kill",
     "let",     "local",     "logout",   "mapfile",  "popd",    "printf",   "pushd",   "pwd",
     "read",    "readarray", "readonly", "return",   "set",     "shift",    "shopt",   "source",
     "suspend", "test",      "times",    "trap",     "type",    "typeset",  "ulimit",  "umask",
     "unalias", "unset",     "wait",     "function", "select",  "time",     "coproc",  "[["});

/// dash's echo takes a backslash in its text for an escape, and no option but -n. The text decides:
/// a value's backslash is no escape of the operator's, and the program prints it as it is.
bool echo_differs(const SimpleCommand& command) {
  const auto has_backslash = [](const ScannedWord& word) {
    return std::any_of(word.pieces.begin(), word.pieces.end(), [](const WordPiece& piece) {
      return piece.text.find('\\') != std::string::npos;
    });
  };
  if (std::any_of(command.words.begin(), command.words.end(), has_backslash)) {
    return true;
  }
  if (command.words.size() < 2 || command.words[1].pieces.empty()) {
    return false;
  }
  const WordPiece& first = command.words[1].pieces.front();
  return first.value == WordPiece::kFixed && first.text.substr(0, 1) == "-";
}

}  // namespace

std::vector<Word> plain_words(const Scan& scan) {
  if (!scan.is_plain || scan.commands.size() != 1) {
    return {};
  }
  const SimpleCommand& command = scan.commands.front();
  if (command.words.empty() || command.words.front().has_value()) {
    return {};
  }
  const std::string name = command.words.front().fixed();
  if (name.empty() || std::find(kShellOnly.begin(), kShellOnly.end(), name) != kShellOnly.end() ||
      (name == "echo" && echo_differs(command))) {
    return {};
  }
  std::vector<Word> words;
  for (const ScannedWord& word : command.words) {
    words.push_back(word.pieces);
  }
  return words;
}

}  // namespace kamexec

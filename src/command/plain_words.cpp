// SPDX-License-Identifier: GPL-2.0-or-later
#include "command/plain_words.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace kamexec::command {
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
    return word.literal().find('\\') != std::string::npos;
  };
  if (std::any_of(command.words.begin(), command.words.end(), has_backslash)) {
    return true;
  }
  return command.words.size() > 1 && command.words[1].beginning().substr(0, 1) == "-";
}

Word pieces_of(const ScannedWord& word) {
  Word pieces;
  for (const WordPart& part : word.parts) {
    pieces.push_back(
        {part.kind == WordPart::Kind::value ? part.value : WordPiece::kFixed, part.text});
  }
  return pieces;
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
    words.push_back(pieces_of(word));
  }
  return words;
}

}  // namespace kamexec::command

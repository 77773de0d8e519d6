// SPDX-License-Identifier: GPL-2.0-or-later
#include "tool/check/report.h"

namespace kamexec::tool::check {
namespace {

bool is_plain(std::string_view word) {
  return !word.empty() && word.find_first_not_of(
                              "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                              "0123456789_-./:=,@%+") == std::string_view::npos;
}

/// As one would write it for a shell.
std::string shell_word(std::string_view word) {
  if (is_plain(word)) {
    return std::string(word);
  }
  std::string text = "'";
  for (const char c : word) {
    text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  }
  return text + "'";
}

}  // namespace

std::string run_words(const Assessment& assessment) {
  const command::PreparedCommand& command = *assessment.prepared;
  std::string text;
  if (command.needs_shell()) {
    text = "/bin/sh -c " + shell_word(command.shell_text);
    if (!assessment.values.empty()) {
      text += " exec";
    }
    for (const std::string& value : assessment.values) {
      text += " <" + value + ">";
    }
    return text;
  }
  for (const command::Word& word : command.words) {
    std::string one;
    bool has_value = false;
    for (const command::WordPiece& piece : word) {
      const auto index = static_cast<std::size_t>(piece.value);
      has_value = has_value || piece.value != command::WordPiece::kFixed;
      one += piece.value == command::WordPiece::kFixed ? piece.text
                                                       : "<" + assessment.values[index] + ">";
    }
    if (text.empty() && !command.program.empty()) {
      text = command.program;
      continue;
    }
    text += (text.empty() ? "" : " ") + (has_value ? one : shell_word(one));
  }
  return text;
}

std::string use_words(const Use& use) {
  std::string text;
  switch (use.origin.control) {
    case variables::Control::caller:
      text = "from the caller: " + std::string(use.origin.what);
      break;
    case variables::Control::unknown:
      text = "unknown: may contain a caller's bytes";
      break;
    case variables::Control::limited:
      text = std::string(use.origin.what) + ": no free text";
      break;
  }
  if (!use.traced.empty()) {
    text += ", " + use.traced;
  }
  if (use.context) {
    text += "; " + std::string(words_of(*use.context));
  }
  if (!use.checked.empty()) {
    text += ", checked before the call by " + use.checked;
  } else if (use.context && use.origin.control == variables::Control::caller &&
             use.level < Level::danger) {
    text += ", which only a line break ends, and the value cannot contain one";
  }
  if (use.in_substitution) {
    text += ", in a command substitution";
  }
  return text;
}

}  // namespace kamexec::tool::check

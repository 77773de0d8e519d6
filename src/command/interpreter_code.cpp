// SPDX-License-Identifier: GPL-2.0-or-later
#include "command/interpreter_code.h"

#include <algorithm>

namespace kamexec::command::taint {
namespace {

/// Behind the part of sed's @p code that begins at @p at and ends in @p delimiter.
std::size_t behind(std::string_view code, std::size_t at, char delimiter) {
  while (at < code.size() && code[at] != delimiter) {
    at += code[at] == '\\' ? 2U : 1U;
  }
  return std::min(at + 1, code.size());
}

}  // namespace

bool names_file(std::string_view code, std::string_view file) {
  constexpr std::string_view kEdges = "\"'`/ \t\n();,<>";
  const std::size_t at = file.empty() ? code.npos : code.find(file);
  const std::size_t end = at + file.size();
  return at != code.npos && at > 0 && kEdges.find(code[at - 1]) != kEdges.npos &&
         end < code.size() && kEdges.find(code[end]) != kEdges.npos;
}

bool sed_runs_its_input(std::string_view code) {
  constexpr std::string_view kEnds = ";}\n";
  for (std::size_t at = 0; at < code.size();) {
    const char command = code[at];
    if (std::string_view(" \t\n;{}0123456789,$!").find(command) != std::string_view::npos) {
      ++at;
    } else if (command == '/') {
      at = behind(code, at + 1, '/');
    } else if (command == 's' || command == 'y') {
      const char delimiter = at + 1 < code.size() ? code[at + 1] : '/';
      at = behind(code, behind(code, at + 2, delimiter), delimiter);
      const std::size_t end = std::min(code.find_first_of(kEnds, at), code.size());
      const std::string_view flags = code.substr(at, end - at);
      if (command == 's' && flags.substr(0, flags.find('w')).find('e') != flags.npos) {
        return true;
      }
      at = end;
    } else {
      const std::size_t end = std::min(code.find_first_of(kEnds, at), code.size());
      if (command == 'e' && code.find_first_not_of(" \te", at) >= end) {
        return true;
      }
      at = end;
    }
  }
  return false;
}

bool perl_opens_operands(const Arguments& args, std::string_view code) {
  return code.find("<>") != code.npos ||
         std::any_of(args.begin() + 1, args.end(), [](const Argument& arg) {
           constexpr std::string_view kLetters = "aeElnpsw0i";
           const std::string& text = arg.literal;
           return arg.is_fixed && text.size() > 1 && text[0] == '-' &&
                  text.find_first_not_of(kLetters, 1) == text.npos &&
                  text.find_first_of("np") != text.npos;
         });
}

namespace {

bool is_name_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/// Behind blanks from @p at on.
std::size_t behind_blanks(std::string_view code, std::size_t at) {
  return std::min(code.find_first_not_of(" \t\n", at), code.size());
}

/// open(F, "<", …): the mode stands alone in quotes as the second argument, and a name follows.
bool has_mode(std::string_view arguments) {
  constexpr std::string_view kModes = "<>+:";
  const std::size_t comma = arguments.find(',');
  const std::size_t quote = comma == arguments.npos ? comma : behind_blanks(arguments, comma + 1);
  if (quote + 2 >= arguments.size() || (arguments[quote] != '\'' && arguments[quote] != '"') ||
      kModes.find(arguments[quote + 1]) == kModes.npos) {
    return false;
  }
  const std::size_t end = arguments.find_first_not_of(
      "<>+:()-abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", quote + 1);
  if (end == arguments.npos || arguments[end] != arguments[quote]) {
    return false;
  }
  const std::size_t after = behind_blanks(arguments, end + 1);
  return after < arguments.size() && arguments[after] == ',';
}

}  // namespace

std::string_view perl_file_command(std::string_view code) {
  constexpr std::string_view kBefore = "$@%";  // of a variable's name
  for (const std::string_view word : {std::string_view("open"), std::string_view("do")}) {
    for (std::size_t at = code.find(word); at != code.npos; at = code.find(word, at + 1)) {
      const std::size_t end = at + word.size();
      if ((at > 0 && (is_name_byte(code[at - 1]) || kBefore.find(code[at - 1]) != kBefore.npos)) ||
          end >= code.size() || is_name_byte(code[end])) {
        continue;
      }
      const std::size_t next = behind_blanks(code, end);
      const bool is_block = next < code.size() && code[next] == '{';
      if (word == "do" ? !is_block : !has_mode(code.substr(end))) {
        return word;
      }
    }
  }
  return {};
}

bool zsh_expands_again(std::string_view code) {
  for (std::size_t at = code.find("${("); at != code.npos; at = code.find("${(", at + 1)) {
    const std::size_t end = std::min(code.find(')', at), code.size());
    if (code.substr(at, end - at).find_first_of("eP") != code.npos) {
      return true;
    }
  }
  return false;
}

}  // namespace kamexec::command::taint

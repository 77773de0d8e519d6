// SPDX-License-Identifier: GPL-2.0-or-later
#include "command/template.h"

#include <algorithm>

namespace kamexec::command {
namespace {

bool is_digit(char c) {
  return c >= '1' && c <= '9';
}

/// Bytes that "$1" or "${1}" at @p at takes up; 0: no variable stands there.
std::size_t variable_size(std::string_view text, std::size_t at) {
  const std::string_view rest = text.substr(at);
  if (rest.size() >= 2 && rest[0] == '$' && is_digit(rest[1])) {
    return 2;
  }
  if (rest.size() >= 4 && rest[0] == '$' && rest[1] == '{' && is_digit(rest[2]) && rest[3] == '}') {
    return 4;
  }
  return 0;
}

void add_text(CommandTemplate& parts, char c) {
  if (parts.empty() || parts.back().is_variable) {
    parts.push_back({false, {}});
  }
  parts.back().text += c;
}

}  // namespace

bool has_fixed_text(const CommandTemplate& parts) {
  return std::any_of(parts.begin(), parts.end(), [](const TemplatePart& part) {
    return !part.is_variable && part.text.find_first_not_of(" \t\r\n\"'") != std::string::npos;
  });
}

PositionalTemplate read_positional(std::string_view text) {
  PositionalTemplate read;
  for (std::size_t at = 0; at < text.size();) {
    if (const std::size_t size = variable_size(text, at); size > 0) {
      const char digit = text[at + (size == 2 ? 1 : 2)];
      read.parts.push_back({true, std::string(text.substr(at, size))});
      read.order.push_back(static_cast<unsigned>(digit - '1'));
      at += size;
      continue;
    }
    add_text(read.parts, text[at]);
    at += text.substr(at, 2) == "$$" ? 2U : 1U;
  }
  return read;
}

}  // namespace kamexec::command

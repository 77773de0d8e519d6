// SPDX-License-Identifier: GPL-2.0-or-later
#include "command/symbols.h"

namespace kamexec::command {

Symbols symbols_of(const CommandTemplate& parts) {
  Symbols symbols;
  int variables = 0;
  for (const TemplatePart& part : parts) {
    if (part.is_variable) {
      symbols.push_back(
          {Symbol::kFirstVariable + variables++, static_cast<std::uint32_t>(symbols.size())});
      continue;
    }
    for (const char c : part.text) {
      symbols.push_back(
          {static_cast<unsigned char>(c), static_cast<std::uint32_t>(symbols.size())});
    }
  }
  return symbols;
}

TextPosition position_of(const CommandTemplate& parts, std::uint32_t origin) {
  TextPosition position;
  std::uint32_t at = 0;
  for (const TemplatePart& part : parts) {
    if (part.is_variable) {
      if (at++ == origin) {
        return position;
      }
      position.column += static_cast<unsigned>(part.text.size());
      continue;
    }
    for (const char c : part.text) {
      if (at++ == origin) {
        return position;
      }
      position = c == '\n' ? TextPosition{position.line + 1, 1}
                           : TextPosition{position.line, position.column + 1};
    }
  }
  return position;
}

std::string variable_name(const CommandTemplate& parts, std::size_t variable) {
  for (const TemplatePart& part : parts) {
    if (part.is_variable && variable-- == 0) {
      return part.text;
    }
  }
  return {};
}

}  // namespace kamexec::command

// SPDX-License-Identifier: GPL-2.0-or-later
// A command's text as the scanner reads it: bytes, and variables that count as one symbol each.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "command/template.h"

namespace kamexec::command {

struct Symbol {
  static constexpr int kFirstVariable = 256;
  int code = 0;              ///< a byte, or kFirstVariable + the variable's number
  std::uint32_t origin = 0;  ///< place in the whole text, kept where a part is scanned by itself

  [[nodiscard]] bool is_variable() const { return code >= kFirstVariable; }
  [[nodiscard]] std::size_t variable() const {
    return static_cast<std::size_t>(code - kFirstVariable);
  }
  [[nodiscard]] bool is(char c) const { return code == static_cast<unsigned char>(c); }
  [[nodiscard]] char byte() const { return static_cast<char>(code); }
};

using Symbols = std::vector<Symbol>;

[[nodiscard]] Symbols symbols_of(const CommandTemplate& parts);

/// Where a symbol stands in the text as written, both from 1.
struct TextPosition {
  unsigned line = 1;
  unsigned column = 1;
};
[[nodiscard]] TextPosition position_of(const CommandTemplate& parts, std::uint32_t origin);

/// The name of a variable as written.
[[nodiscard]] std::string variable_name(const CommandTemplate& parts, std::size_t variable);

}  // namespace kamexec::command

// SPDX-License-Identifier: GPL-2.0-or-later
// Calls as tests write them: each "¤" is a variable, named $v1, $v2 … in order.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "command/template.h"

namespace kamexec::program {

[[nodiscard]] inline command::CommandTemplate call_text(std::string_view text) {
  constexpr std::string_view kVariable = "¤";
  command::CommandTemplate parts;
  int variables = 0;
  while (!text.empty()) {
    const std::size_t size = std::min(text.find(kVariable), text.size());
    if (size > 0) {
      parts.push_back({false, std::string(text.substr(0, size))});
      text.remove_prefix(size);
    } else {
      parts.push_back({true, "$v" + std::to_string(++variables)});
      text.remove_prefix(kVariable.size());
    }
  }
  return parts;
}

}  // namespace kamexec::program

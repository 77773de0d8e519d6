// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>

namespace kamexec {

/// Names stand in scripts, logs and statistics: they need no quotes in any.
inline constexpr std::size_t kLongestProgramName = 64;

[[nodiscard]] constexpr bool is_program_name_byte(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-';
}

}  // namespace kamexec

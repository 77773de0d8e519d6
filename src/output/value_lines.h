// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string_view>
#include <vector>

namespace kamexec {

/// One line of a command's output that is worth something.
struct ValueLine {
  std::size_t number = 0;  ///< line in the output, from 1, empty ones counted
  std::string_view text;   ///< right-trimmed of space, tab, CR; points into the output
  bool cut = false;        ///< a NUL byte stood in it: the text ends before that
};

/// The non-empty lines of @p output, right-trimmed. The last line needs no newline.
[[nodiscard]] std::vector<ValueLine> value_lines(std::string_view output);

}  // namespace kamexec

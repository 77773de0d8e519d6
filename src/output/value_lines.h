// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <limits>
#include <string_view>
#include <vector>

namespace kamexec {

/// One line of a command's output that is worth something.
struct ValueLine {
  std::size_t number = 0;  ///< line in the output, from 1, empty ones counted
  std::string_view text;   ///< right-trimmed of space, tab, CR; points into the output; not empty
  bool cut = false;        ///< a NUL byte stood in it: the text ends before that
};

/// The non-empty lines of @p output, right-trimmed, the first @p most of them. The last line needs
/// no newline. A line with nothing before its NUL is an empty one. A caller with room for n values
/// asks for n + 1, and sees in a bounded space that there were too many.
[[nodiscard]] std::vector<ValueLine> value_lines(
    std::string_view output, std::size_t most = std::numeric_limits<std::size_t>::max());

}  // namespace kamexec

// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <limits>
#include <string_view>
#include <vector>

namespace kamexec::output {

/// @p text without space, tab and CR at its end.
[[nodiscard]] std::string_view right_trimmed(std::string_view text);

/// Whether @p output has more than @p most lines that are not empty. Reads no further than to tell.
[[nodiscard]] bool more_lines_than(std::string_view output, std::size_t most);

/// Lines of an output that are used for one call, where a host doesn't say otherwise: far more than
/// a request takes, and few enough to be handled in a millisecond.
constexpr std::size_t kMostLines = 1000;

/// Walks the non-empty lines of an output. A line ends at LF; the last one needs none. Holds no
/// more than views of the output.
class LineReader {
 public:
  struct Line {
    std::size_t number = 0;  ///< from 1, empty ones counted
    std::string_view text;   ///< right-trimmed, not empty; any byte but LF, NUL too
  };

  explicit LineReader(std::string_view output) : rest_(output) {}

  /// Moves to the next line that is not empty. False at the end.
  [[nodiscard]] bool next(Line& line);

 private:
  std::string_view rest_;
  std::size_t number_ = 0;
};

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

}  // namespace kamexec::output

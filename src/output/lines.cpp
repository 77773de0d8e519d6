// SPDX-License-Identifier: GPL-2.0-or-later
#include "output/lines.h"

#include <algorithm>

namespace kamexec::output {

std::string_view right_trimmed(std::string_view text) {
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r')) {
    text.remove_suffix(1);
  }
  return text;
}

bool LineReader::next(Line& line) {
  while (!rest_.empty()) {
    const std::size_t end = std::min(rest_.find('\n'), rest_.size());
    const std::string_view text = right_trimmed(rest_.substr(0, end));
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    ++number_;
    if (!text.empty()) {
      line = {number_, text};
      return true;
    }
  }
  return false;
}

bool more_lines_than(std::string_view output, std::size_t most) {
  LineReader reader(output);
  LineReader::Line line;
  std::size_t count = 0;
  while (count <= most && reader.next(line)) {
    ++count;
  }
  return count > most;
}

std::vector<ValueLine> value_lines(std::string_view output, std::size_t most) {
  std::vector<ValueLine> values;
  LineReader reader(output);
  LineReader::Line line;
  while (values.size() < most && reader.next(line)) {
    const std::size_t nul = line.text.find('\0');
    const bool cut = nul != line.text.npos;
    const std::string_view text = cut ? right_trimmed(line.text.substr(0, nul)) : line.text;
    if (!text.empty()) {
      values.push_back({line.number, text, cut});
    }
  }
  return values;
}

}  // namespace kamexec::output

// SPDX-License-Identifier: GPL-2.0-or-later
#include "output/value_lines.h"

#include "output/lines.h"

namespace kamexec {

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

}  // namespace kamexec

// SPDX-License-Identifier: GPL-2.0-or-later
#include "output/qvalue.h"

#include <cstddef>

namespace kamexec {

std::optional<int> parse_qvalue(std::string_view text) {
  constexpr std::size_t kLongest = std::string_view("0.000").size();
  constexpr int kOne = 1000;
  if (text.empty() || text.size() > kLongest || (text[0] != '0' && text[0] != '1') ||
      (text.size() > 1 && text[1] != '.')) {
    return std::nullopt;
  }
  int value = (text[0] - '0') * kOne;
  int weight = kOne / 10;
  for (const char digit : text.size() > 2 ? text.substr(2) : std::string_view{}) {
    if (digit < '0' || digit > '9') {
      return std::nullopt;
    }
    value += (digit - '0') * weight;
    weight /= 10;
  }
  return value <= kOne ? std::optional(value) : std::nullopt;
}

}  // namespace kamexec

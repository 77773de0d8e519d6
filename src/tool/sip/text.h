// SPDX-License-Identifier: GPL-2.0-or-later
// Small questions about SIP text, in ASCII whatever the locale.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace kamexec::tool {

[[nodiscard]] inline char lower_case(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// Without regard to case (RFC 3261 section 7.3.1).
[[nodiscard]] inline bool same_name(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) {
           return lower_case(x) == lower_case(y);
         });
}

/// Without white space (SP, HTAB, CR, LF) at both ends.
[[nodiscard]] inline std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const std::size_t begin = text.find_first_not_of(kSpace);
  return begin == text.npos ? std::string_view()
                            : text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

}  // namespace kamexec::tool

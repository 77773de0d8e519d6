// SPDX-License-Identifier: GPL-2.0-or-later
// The words of a protocol line.
#pragma once

#include <charconv>
#include <concepts>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace kamexec::pool {

/// Takes the first word off @p line, up to a space or the end, and that one space. What is left may
/// be empty.
[[nodiscard]] inline std::string_view take_word(std::string_view& line) {
  const std::size_t space = line.find(' ');
  const std::string_view word = line.substr(0, space);
  line.remove_prefix(space == line.npos ? line.size() : space + 1);
  return word;
}

/// A decimal number of digits alone, at most @p most.
template <std::unsigned_integral Number>
[[nodiscard]] std::optional<Number> read_number(std::string_view digits, Number most) {
  Number number = 0;
  const char* end = digits.data() + digits.size();
  const auto [stopped, error] = std::from_chars(digits.data(), end, number);
  if (error != std::errc{} || stopped != end || number > most) {
    return std::nullopt;
  }
  return number;
}

/// The first bytes of what a peer sent, quoted and in printable ASCII, for a message.
[[nodiscard]] std::string quoted_start(std::string_view bytes);

}  // namespace kamexec::pool

// SPDX-License-Identifier: GPL-2.0-or-later
// The words of a protocol line.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kamexec::pool {

/// Takes the first word off @p line, up to a space or the end, and that one space. What is left may
/// be empty.
[[nodiscard]] std::string_view take_word(std::string_view& line);

/// A decimal number of digits alone, at most @p most.
[[nodiscard]] std::optional<std::uint32_t> read_number(std::string_view digits, std::uint32_t most);

/// The first bytes of what a worker sent, quoted and in printable ASCII, for a message.
[[nodiscard]] std::string quoted_start(std::string_view bytes);

}  // namespace kamexec::pool

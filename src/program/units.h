// SPDX-License-Identifier: GPL-2.0-or-later
// Times, sizes and counts as an operator writes them.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kamexec::program {

/// A whole number and its unit, with nothing between: "200ms", "2s", "5m", "24h". A number without
/// a unit is none: seconds and milliseconds are too easily taken for each other.
[[nodiscard]] std::optional<std::chrono::milliseconds> read_time(std::string_view text);

/// Bytes: "4096", or "64k", "1M", "2G", where k is 1024. Small and capital letters are the same.
[[nodiscard]] std::optional<std::uint64_t> read_size(std::string_view text);

/// A whole number.
[[nodiscard]] std::optional<std::uint64_t> read_count(std::string_view text);

/// A whole number, which may have a '-' in front.
[[nodiscard]] std::optional<std::int64_t> read_integer(std::string_view text);

/// With the largest unit that leaves a whole number. Reads back as the same.
[[nodiscard]] std::string time_text(std::chrono::milliseconds time);
[[nodiscard]] std::string size_text(std::uint64_t bytes);

}  // namespace kamexec::program

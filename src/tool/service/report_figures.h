// SPDX-License-Identifier: GPL-2.0-or-later
// What the reports of `kamexec status` and `kamexec queue` are made of: figures of the daemon's
// JSON, any of which may be missing or of another type, and tables.
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

namespace kamexec::tool {

/// The figure at @p path, a JSON pointer; nothing where there is none.
[[nodiscard]] std::optional<double> number_at(const nlohmann::ordered_json& json, const char* path);

/// The same in seconds, of a figure in milliseconds.
[[nodiscard]] std::optional<double> seconds_at(const nlohmann::ordered_json& json,
                                               const char* path);

/// The string at @p path, printable and at most @p most bytes; "-" where there is none.
[[nodiscard]] std::string text_at(const nlohmann::ordered_json& json, const char* path,
                                  std::size_t most);

/// A whole number; "-" where there is none.
[[nodiscard]] std::string count_text(std::optional<double> count);

/// Of seconds: the two largest units, "3 d 4 h", "12 min 5 s"; the largest one alone where @p units
/// is 1. "-" where there is none.
[[nodiscard]] std::string age_text(std::optional<double> seconds, int units = 2);

using TableRow = std::vector<std::string>;

/// Each row as a line without its end, columns below each other: the first @p left of them to the
/// left, the others to the right. All rows have as many columns as the first one.
[[nodiscard]] std::vector<std::string> table_lines(const std::vector<TableRow>& rows,
                                                   std::size_t left);

}  // namespace kamexec::tool

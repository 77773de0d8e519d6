// SPDX-License-Identifier: GPL-2.0-or-later
// What stands in a notification as the daemon tells it: strings of any bytes, and times.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace kamexec::tool {

/// What is at @p path, a JSON pointer; null where there is nothing.
[[nodiscard]] const nlohmann::ordered_json& at_or_null(const nlohmann::ordered_json& json,
                                                       const char* path);

/// The bytes of a string of the daemon's: itself, or decoded where it is {"base64": "…"}. Nothing
/// for what is neither.
[[nodiscard]] std::optional<std::string> bytes_of(const nlohmann::ordered_json& json);

/// "2026-11-27T21:42:00.123Z" in milliseconds since 1970; nothing for another text.
[[nodiscard]] std::optional<std::int64_t> wall_time_of(std::string_view text);

}  // namespace kamexec::tool

// SPDX-License-Identifier: GPL-2.0-or-later
// What `kamexec status` says of calls that are stored: whole lines, printable, empty where there is
// nothing to say.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace kamexec::tool {

/// Below the row of @p program.
[[nodiscard]] std::string stored_lines(const nlohmann::ordered_json& program, bool colours);

/// Where the stored calls of all programs are.
[[nodiscard]] std::string store_lines(const nlohmann::ordered_json& status, bool colours);

/// What a person must see to: a store that fails, notifications that are dead.
[[nodiscard]] std::string warning_lines(const nlohmann::ordered_json& status, bool colours);

}  // namespace kamexec::tool

// SPDX-License-Identifier: GPL-2.0-or-later
// What `kamexec status` says of NATS and of other hosts: whole lines, printable, empty where there
// is nothing to say.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace kamexec::tool {

/// Below the row of @p program, which other hosts run: where its calls went.
[[nodiscard]] std::string passed_on_lines(const nlohmann::ordered_json& program, bool colours);

/// The daemon as a member of its fleet, and what it offers.
[[nodiscard]] std::string member_lines(const nlohmann::ordered_json& status, bool colours);

}  // namespace kamexec::tool

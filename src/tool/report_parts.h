// SPDX-License-Identifier: GPL-2.0-or-later
// What the reports of several commands are made of.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "base/error.h"
#include "process/outcome.h"
#include "program/permissions.h"

namespace kamexec::tool {

/// "no, the function returns -1, exit status 3, after 1.2 ms". Printable.
[[nodiscard]] std::string outcome_text(const process::Outcome& outcome);

/// {"word", "rc", "status", "signal", "us", "detail"}; what there is none of is null.
[[nodiscard]] nlohmann::ordered_json outcome_json(const process::Outcome& outcome);

/// {"user": "…", "privileges": "…", "files": "…" …}; null where there are none.
[[nodiscard]] nlohmann::ordered_json permissions_json(
    const std::vector<program::Permission>& permissions);

/// @p text as JSON holds it: a string, or {"hex": "…"} where it is no UTF-8.
[[nodiscard]] nlohmann::ordered_json text_json(const std::string& text);

/// The report where an input can't be used: one JSON object, {"error": "…"}, and a line end.
[[nodiscard]] std::string json_error(const Error& error);

}  // namespace kamexec::tool

// SPDX-License-Identifier: GPL-2.0-or-later
// What `kamexec status` shows of the daemon's answer.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace kamexec::tool {

/// A table for people; what came from the daemon is printable. Figures that @p answer, JSON, does
/// not have show as "-". The error: it is no JSON object.
[[nodiscard]] Result<std::string> status_text(std::string_view answer, bool colours);

/// The answer, set out over lines. The error: it is no JSON object.
[[nodiscard]] Result<std::string> status_json(std::string_view answer);

}  // namespace kamexec::tool

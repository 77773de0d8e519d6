// SPDX-License-Identifier: GPL-2.0-or-later
// What `kamexec status --fleet` shows: the daemons of a fleet, as they have answered. Each answer
// is what some member of the fleet has sent: it may be anything.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace kamexec::tool {

/// A table for people, of @p answer: the daemon's {"answers": […]}; everything printable. The
/// error: it isn't that.
[[nodiscard]] Result<std::string> fleet_text(std::string_view answer, bool colours);

/// The same as JSON: {"daemons": [{"id", "host", "zone", "version", "started", "programs": […]}],
/// "unreadable": N}.
[[nodiscard]] Result<std::string> fleet_json(std::string_view answer);

}  // namespace kamexec::tool

// SPDX-License-Identifier: GPL-2.0-or-later
// Stored notifications as text for people. Whatever stands in them, the text is printable ASCII in
// lines; a figure that is missing, or of another type, shows as "-".
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "tool/service/queue_pages.h"

namespace kamexec::tool {

/// A row for each notification, its call below it, and how its last attempt has ended. A line takes
/// no more than @p width columns where there is room for the id; 0: as long as a line may be.
[[nodiscard]] std::string queue_table(const Notifications& notifications, std::size_t width,
                                      bool colours);

/// All of one notification, a field a line.
[[nodiscard]] std::string notification_text(const nlohmann::ordered_json& notification,
                                            bool colours);

}  // namespace kamexec::tool

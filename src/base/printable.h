// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace kamexec {

/// @p text for a log: printable ASCII only, on one line, at most @p most bytes (3 at least). Other
/// bytes show as \xNN, a backslash as \\; what does not fit, as "..." at the end.
[[nodiscard]] std::string printable(std::string_view text, std::size_t most);

}  // namespace kamexec

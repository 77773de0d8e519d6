// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <string_view>

namespace kamexec {

/// A qvalue (RFC 3261 section 25.1: 0 to 1, at most three decimals) in thousandths, 0 … 1000.
[[nodiscard]] std::optional<int> parse_qvalue(std::string_view text);

}  // namespace kamexec

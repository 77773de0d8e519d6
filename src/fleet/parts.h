// SPDX-License-Identifier: GPL-2.0-or-later
// The optional parts of a request by their names: "uri env message input".
#pragma once

#include <string>
#include <string_view>

#include "engine/invocation.h"

namespace kamexec::fleet {

inline constexpr engine::Needs kAllParts{
    .variables = true, .input = true, .uri = true, .message = true};

/// "-" for none.
[[nodiscard]] std::string names_of(const engine::Needs& parts);
/// Unknown words are passed over: a later version may have more.
[[nodiscard]] engine::Needs parts_named(std::string_view words);

/// What of @p request isn't empty.
[[nodiscard]] inline bool any(const engine::Needs& parts) {
  return parts.uri || parts.variables || parts.message || parts.input;
}

}  // namespace kamexec::fleet

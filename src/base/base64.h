// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace kamexec {

/// @p bytes as RFC 4648, section 4 writes them: with padding, on one line.
[[nodiscard]] std::string in_base64(std::string_view bytes);
/// The bytes that @p text stands for; absent: it isn't written so.
[[nodiscard]] std::optional<std::string> from_base64(std::string_view text);

}  // namespace kamexec

// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace kamexec::tool {

/// @p text as one word of bash and zsh, in single quotes.
[[nodiscard]] std::string shell_word(std::string_view text);

/// @p words with @p between them.
[[nodiscard]] std::string joined(const std::vector<std::string>& words, std::string_view between);

/// @p text with a backslash before each of @p special.
[[nodiscard]] std::string escaped(std::string_view text, std::string_view special);

}  // namespace kamexec::tool

// SPDX-License-Identifier: GPL-2.0-or-later
// Text for people: colours on a terminal alone, and bytes that came from outside made harmless.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace kamexec::tool {

enum class Style { plain, bold, dim, good, bad, notable };

/// Whether what is written to standard output is coloured: a terminal, and neither NO_COLOR nor
/// TERM=dumb in the environment (https://no-color.org).
[[nodiscard]] bool colours_wanted();

/// Columns of the terminal that standard output is; 0 where it is none.
[[nodiscard]] std::size_t terminal_width();

/// @p text in @p style where @p colours is set, else as it is.
[[nodiscard]] std::string styled(std::string_view text, Style style, bool colours);

}  // namespace kamexec::tool

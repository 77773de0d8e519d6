// SPDX-License-Identifier: GPL-2.0-or-later
// What a regular expression of the script lets through: $rU =~ "^[0-9]+$".
#pragma once

#include <optional>
#include <string_view>

namespace kamexec::tool::check {

/// The bytes of each value that a pattern matches; an empty value has none of them.
enum class MatchedBytes {
  digits,  ///< 0 to 9: a value is a number wherever it stands
  plain,   ///< letters, digits, '+': no shell reads a sign in it, but it can name what runs
};

/// Reads @p pattern as the server compiles it for =~: extended, letters of either case, and '$' is
/// the value's end alone. Known are '^', then letters, digits, "\+" and classes of these, each with
/// a quantifier or none, then '$'. nullopt: any other, which may let anything through.
[[nodiscard]] std::optional<MatchedBytes> read_anchored_pattern(std::string_view pattern);

}  // namespace kamexec::tool::check

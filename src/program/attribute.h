// SPDX-License-Identifier: GPL-2.0-or-later
// The grammar of a definition's text, which knows no attribute by name.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace kamexec::program {

/// Bytes of one definition. More is a mistake, a file that was pasted in, say.
inline constexpr std::size_t kLongestDefinition = std::size_t{16} * 1024;

/// `name=word word …` of a definition.
struct Attribute {
  std::string name;
  std::vector<std::string> words;  ///< quotes and backslashes resolved; empty: no value
  /// Where it begins in its file, from 1 on; 0: it is part of a text of several attributes.
  std::size_t line = 0;
};

/// Splits `name=value; name=value; …`. A value is words between blanks. 'single quotes' hold any
/// byte, "double quotes" too, where a backslash stands in front of `"` and of a backslash; outside
/// of quotes a backslash takes the next byte as it is. What is quoted neither ends the attribute
/// nor the word. An empty stretch between two `;`, or at the end, is nothing.
/// Pure. Errors: no `=`, no name in front of it, a quote that isn't closed, a backslash or NUL byte
/// that has no place, more than longest_definition bytes.
[[nodiscard]] Result<std::vector<Attribute>> split_attributes(std::string_view text);

/// The words of one value in a file, as above, but that a `;` is a byte like any other and the
/// value ends where @p text ends. Pure. Errors: a quote that isn't closed, a backslash that has no
/// place, a word that begins with a '#' and would be taken for a comment by whoever reads it.
[[nodiscard]] Result<std::vector<std::string>> split_words(std::string_view text);

/// A word, quoted where split_attributes would read it differently.
[[nodiscard]] std::string quoted_word(std::string_view word);

}  // namespace kamexec::program

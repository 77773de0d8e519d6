// SPDX-License-Identifier: GPL-2.0-or-later
// What stands between the parentheses of $class(...), where the server looks at it when it reads a
// configuration.
#pragma once

#include <string_view>

namespace kamexec::variables {

struct InnerNames {
  enum class Kind {
    any,       ///< taken as it is, or not looked at here
    word,      ///< one of `words`
    avp,       ///< NAME, s:NAME, i:NUMBER, or a variable
    header,    ///< a header field's name, or a variable
    variable,  ///< a variable
    list,      ///< a variable of a class that holds several values: avp, xavp
    xavp,      ///< NAME[INDEX]=>NAME[INDEX], the indexes and the second NAME may be left out
    keyed,     ///< NAME=>KEY, with variables in the key
  };
  Kind kind = Kind::any;
  std::string_view words;  ///< separated by single spaces; "": for other kinds
};

/// Of a class of variables, by its name. The words are those of all versions that this project
/// knows of.
[[nodiscard]] InnerNames inner_names_of(std::string_view class_name);

/// Whether @p words has @p word.
[[nodiscard]] bool has_word(std::string_view words, std::string_view word);

}  // namespace kamexec::variables

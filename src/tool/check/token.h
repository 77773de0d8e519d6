// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <vector>

#include "tool/check/source_location.h"

namespace kamexec::tool::check {

struct Token {
  enum class Kind {
    end,
    word,      ///< a name or a number
    string,    ///< its text: what the server has, escapes resolved and #!subst applied
    variable,  ///< $name, $name(…), $(…), @select.path; as written
    sign,      ///< one byte
  };
  Kind kind = Kind::end;
  std::string text;
  SourceLocation location;
  /// Of a string: where each byte of its text stands; empty where that is not known.
  std::vector<SourceLocation> locations;
  /// What it holds is not known for certain: a define or a #!subst that could not be evaluated.
  bool is_doubtful = false;

  [[nodiscard]] bool is_sign(char c) const { return kind == Kind::sign && text[0] == c; }
  [[nodiscard]] bool is_word(const char* word) const { return kind == Kind::word && text == word; }
};

}  // namespace kamexec::tool::check

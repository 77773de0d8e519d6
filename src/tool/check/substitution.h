// SPDX-License-Identifier: GPL-2.0-or-later
// #!subst "/regular expression/replacement/flags": a change that the server makes to each string.
#pragma once

#include <regex.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "tool/check/defines.h"

namespace kamexec::tool::check {

/// One rule, as the server's subst_parser reads it (core/re.c): POSIX extended, flags i, s and g,
/// \0 to \9 in the replacement, $env(NAME) and $def(NAME) evaluated when the rule is read.
class Substitution {
 public:
  /// The error says what can't be evaluated: the rule is wrong, its replacement holds a variable
  /// that only the server knows, or its expression is one that is not run here (bounded time).
  [[nodiscard]] static Result<Substitution> read(std::string_view rule, const Defines& defines);

  /// The rule's expression as written, and its replacement with $env and $def evaluated: the name
  /// and the value that #!substdef defines.
  [[nodiscard]] const std::string& expression() const { return expression_; }
  [[nodiscard]] const std::string& value() const { return value_; }

  /// Replaces the first match, or all with flag g. False: none, @p text is as it was.
  bool apply(std::string& text) const;

 private:
  struct Free {
    void operator()(regex_t* regex) const;
  };
  struct Piece {
    int match = -1;  ///< the match that goes here; -1: the text
    std::string text;
  };
  [[nodiscard]] Result<void> read_replacement(std::string_view text, char separator,
                                              const Defines& defines);
  void add_text(std::string_view text);

  std::unique_ptr<regex_t, Free> regex_;
  std::vector<Piece> pieces_;
  std::string expression_;
  std::string value_;
  bool all_ = false;
};

}  // namespace kamexec::tool::check

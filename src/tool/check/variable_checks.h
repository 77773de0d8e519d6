// SPDX-License-Identifier: GPL-2.0-or-later
// The checks of variables that a script has made by the time that it comes to an exec call.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tool/check/configuration.h"
#include "tool/check/token.h"

namespace kamexec::tool::check {

/// A token of a route's body.
struct ScriptToken {
  static constexpr std::size_t kNoCall = static_cast<std::size_t>(-1);

  Token::Kind kind = Token::Kind::end;
  std::string text;
  SourceLocation location;
  bool is_doubtful = false;
  std::size_t call = kNoCall;  ///< the exec call whose name it is, among Configuration::calls

  [[nodiscard]] bool is_sign(char c) const { return kind == Token::Kind::sign && text[0] == c; }
  [[nodiscard]] bool is_word(std::string_view word) const {
    return kind == Token::Kind::word && text == word;
  }
};

/// Sets Call::checks of the calls in @p body, which begins at a route's '{' and may leave its '}'
/// out. A check counts where each way to the call has made it, and where nothing on the way from it
/// to the call could have changed the variable. What isn't understood makes the rest of the route
/// unchecked. Time is linear in the tokens.
void find_variable_checks(std::span<const ScriptToken> body, std::vector<Call>& calls);

/// That of @p variable, as written in a command's text, that says most of its value; nullptr: none.
[[nodiscard]] const VariableCheck* check_of(std::string_view variable,
                                            const std::vector<VariableCheck>& checks);

}  // namespace kamexec::tool::check

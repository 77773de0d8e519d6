// SPDX-License-Identifier: GPL-2.0-or-later
// Finds in a configuration's tokens what Configuration holds. It is no parser of the language: the
// server says what is wrong with that.
#pragma once

#include <string>
#include <vector>

#include "tool/check/configuration.h"
#include "tool/check/lexer.h"
#include "tool/check/variable_checks.h"

namespace kamexec::tool::check {

class Parser {
 public:
  /// @p into is added to.
  Parser(Lexer& lexer, Configuration& into) : lexer_(lexer), into_(into) {}

  void parse();

 private:
  void advance();
  void keep_for_checks();
  void end_of_route();
  void statement();
  void word();
  void sign();
  void call(const Token& name);
  [[nodiscard]] Argument argument();
  void add_to(Argument& argument, bool& is_constant) const;
  void route_head(const std::string& kind);
  void load_module();
  void module_parameter();
  void assignment();
  void embedded_call(const Token& string);

  Lexer& lexer_;
  Configuration& into_;
  Token token_;
  std::size_t depth_ = 0;          ///< of braces
  std::string route_;              ///< that the next '{' opens, or that is open
  std::vector<ScriptToken> body_;  ///< of the route that is open, as far as it has been passed
};

/// The names of the variables in a string, as they stand there: "$rU", "$(hdr(X)[0])".
[[nodiscard]] std::vector<std::string> variables_in(std::string_view text);

}  // namespace kamexec::tool::check

// SPDX-License-Identifier: GPL-2.0-or-later
// The arguments of a call, and the variables in their strings.
#include <algorithm>
#include <utility>

#include "tool/check/exec_functions.h"
#include "tool/check/parser.h"

namespace kamexec::tool::check {

std::vector<std::string> variables_in(std::string_view text) {
  std::vector<std::string> found;
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    if (text[i] != '$') {
      continue;
    }
    std::size_t end = i + 1;
    if (text[end] == '$') {
      i = end;
      continue;
    }
    while (end < text.size() && is_word_byte(static_cast<unsigned char>(text[end]))) {
      ++end;
    }
    if (end < text.size() && text[end] == '(') {
      std::size_t depth = 0;
      do {
        depth += text[end] == '(' ? 1U : 0U;
        depth -= text[end] == ')' ? 1U : 0U;
        ++end;
      } while (depth > 0 && end < text.size());
    }
    if (end > i + 1) {
      found.emplace_back(text.substr(i, end - i));
      i = end - 1;
    }
  }
  return found;
}

/// The token at hand as a part of an argument.
void Parser::add_to(Argument& argument, bool& is_constant) const {
  const bool is_string = token_.kind == Token::Kind::string;
  const bool is_number = token_.kind == Token::Kind::word && !token_.is_doubtful &&
                         std::all_of(token_.text.begin(), token_.text.end(),
                                     [](char c) { return c >= '0' && c <= '9'; });
  argument.is_doubtful = argument.is_doubtful || token_.is_doubtful;
  if (token_.kind == Token::Kind::variable) {
    argument.variables.push_back(token_.text);
  }
  if (is_string) {
    for (std::string& variable : variables_in(token_.text)) {
      argument.variables.push_back(std::move(variable));
    }
  }
  is_constant = is_constant && (is_string || is_number || token_.is_sign('+'));
}

/// To the ',' or ')' that ends it. Strings and whole numbers with '+' between them are one
/// constant: the server puts them together when the configuration loads.
Argument Parser::argument() {
  Argument argument;
  std::string constant;
  std::string written;
  bool is_constant = true;
  bool expects_value = true;
  std::size_t depth = 0;
  bool only_numbers = true;
  while (token_.kind != Token::Kind::end &&
         (depth > 0 || (!token_.is_sign(',') && !token_.is_sign(')')))) {
    if (token_.is_sign(';') || token_.is_sign('{') || token_.is_sign('}')) {
      break;  // not closed
    }
    depth += token_.is_sign('(') ? 1U : 0U;
    depth -= token_.is_sign(')') ? 1U : 0U;
    if (token_.kind == Token::Kind::word && is_exec_function(token_.text)) {
      into_.notes.push_back({Note::Severity::unseen, token_.location,
                             "this exec call is in the argument of another, and is not "
                             "checked"});
    }
    add_to(argument, is_constant);
    is_constant = is_constant && token_.is_sign('+') != expects_value;
    const bool is_string = token_.kind == Token::Kind::string;
    only_numbers = only_numbers && !is_string;
    if (!token_.is_sign('+')) {
      const bool in_step = argument.locations.size() == constant.size();
      constant += token_.text;
      if (in_step) {
        const auto& locations = token_.locations;
        argument.locations.insert(argument.locations.end(), locations.begin(), locations.end());
      }
    }
    written += is_string ? "\"" + token_.text + "\"" : token_.text;
    expects_value = token_.is_sign('+');
    advance();
  }
  is_constant = is_constant && !expects_value && !only_numbers;
  if (is_constant) {
    argument.text = std::move(constant);
    argument.variables.clear();
  } else {
    argument.kind = Argument::Kind::expression;
    argument.text = std::move(written);
  }
  if (!is_constant || argument.locations.size() != argument.text.size()) {
    argument.locations.clear();
  }
  return argument;
}

}  // namespace kamexec::tool::check

// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/check/parser.h"

#include <algorithm>
#include <array>
#include <utility>

#include "cli/check/exec_functions.h"

namespace kamexec::check {
namespace {

constexpr std::array<std::string_view, 8> kRoutes = {
    "route",       "request_route", "failure_route", "onreply_route",
    "reply_route", "branch_route",  "onsend_route",  "event_route"};

constexpr std::size_t kMostCalls = 10'000;

bool is_route(std::string_view word) {
  return std::find(kRoutes.begin(), kRoutes.end(), word) != kRoutes.end();
}

}  // namespace

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
        depth += text[end] == '(' ? 1 : 0;
        depth -= text[end] == ')' ? 1 : 0;
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

void Parser::parse() {
  advance();
  while (token_.kind != Token::Kind::end && into_.calls.size() < kMostCalls) {
    statement();
  }
  if (token_.kind != Token::Kind::end) {
    into_.notes.push_back({Note::Severity::error, token_.place,
                           "there are more than " + std::to_string(kMostCalls) + " exec calls"});
  }
}

/// Takes one token at least.
void Parser::statement() {
  switch (token_.kind) {
    case Token::Kind::word:
      word();
      return;
    case Token::Kind::variable:
      assignment();
      return;
    case Token::Kind::sign:
      sign();
      return;
    case Token::Kind::string:
      embedded_call(token_);
      break;
    case Token::Kind::end:
      break;
  }
  advance();
}

void Parser::sign() {
  if (token_.is_sign('{')) {
    ++depth_;
  } else if (token_.is_sign('}') && depth_ > 0 && --depth_ == 0) {
    route_.clear();
  }
  advance();
}

void Parser::word() {
  const Token name = token_;
  advance();
  if (depth_ == 0 && is_route(name.text)) {
    route_head(name.text);
  } else if (is_exec_function(name.text)) {
    if (token_.is_sign('(')) {
      call(name);
    }
  } else if (name.text == "loadmodule" || name.text == "loadmodulex") {
    load_module();
  } else if ((name.text == "modparam" || name.text == "modparamx") && token_.is_sign('(')) {
    module_parameter();
  }
}

/// Behind "route" and its kin, outside of all of them: [NAME], or nothing.
void Parser::route_head(const std::string& kind) {
  route_ = kind;
  if (!token_.is_sign('[')) {
    return;
  }
  while (token_.kind != Token::Kind::end && !token_.is_sign('{') && !token_.is_sign('}')) {
    route_ += token_.text;
    const bool last = token_.is_sign(']');
    advance();
    if (last) {
      return;
    }
  }
}

/// At the '(' of a call; takes its ')'.
void Parser::call(const Token& name) {
  Call call;
  call.place = name.place;
  call.function = name.text;
  call.route = depth_ > 0 ? route_ : std::string();
  advance();
  if (!token_.is_sign(')')) {
    call.arguments.push_back(argument());
    while (token_.is_sign(',')) {
      advance();
      call.arguments.push_back(argument());
    }
  }
  if (token_.is_sign(')')) {
    advance();
  } else {
    into_.notes.push_back({Note::Severity::error, call.place,
                           "the arguments of this " + call.function + " are not closed"});
  }
  into_.calls.push_back(std::move(call));
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
    depth += token_.is_sign('(') ? 1 : 0;
    depth -= token_.is_sign(')') ? 1 : 0;
    if (token_.kind == Token::Kind::word && is_exec_function(token_.text)) {
      into_.notes.push_back({Note::Severity::unseen, token_.place,
                             "this exec call stands in the argument of another, and is not "
                             "checked"});
    }
    add_to(argument, is_constant);
    is_constant = is_constant && token_.is_sign('+') != expects_value;
    const bool is_string = token_.kind == Token::Kind::string;
    only_numbers = only_numbers && !is_string;
    if (!token_.is_sign('+')) {
      const bool in_step = argument.places.size() == constant.size();
      constant += token_.text;
      if (in_step) {
        const auto& places = token_.places;
        argument.places.insert(argument.places.end(), places.begin(), places.end());
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
  if (!is_constant || argument.places.size() != argument.text.size()) {
    argument.places.clear();
  }
  return argument;
}

/// $var(x) = … up to the ';'. Calls on the right are found too.
void Parser::assignment() {
  Assignment assignment;
  assignment.place = token_.place;
  assignment.target = token_.text;
  advance();
  if (!token_.is_sign('=')) {
    return;
  }
  advance();
  if (token_.is_sign('=') || token_.is_sign('~')) {
    return;
  }
  while (token_.kind != Token::Kind::end && !token_.is_sign(';') && !token_.is_sign('}')) {
    if (token_.kind == Token::Kind::variable) {
      assignment.sources.push_back(token_.text);
      advance();
      continue;
    }
    if (token_.kind == Token::Kind::string) {
      for (std::string& variable : variables_in(token_.text)) {
        assignment.sources.push_back(std::move(variable));
      }
    }
    statement();
  }
  if (!assignment.sources.empty()) {
    into_.assignments.push_back(std::move(assignment));
  }
}

/// A script engine's call that stands in a string: lua_runstring("KSR.exec.exec_cmd(…)").
void Parser::embedded_call(const Token& string) {
  for (const char* mark : {"KSR.exec.", "moduleFunction("}) {
    const std::size_t at = string.text.find(mark);
    if (at != std::string::npos && string.text.find("exec_", at) != std::string::npos) {
      const Place place = at < string.places.size() ? string.places[at] : string.place;
      into_.notes.push_back({Note::Severity::unseen, place,
                             "this string holds an exec call of a script engine, which is not "
                             "checked"});
    }
  }
}

}  // namespace kamexec::check

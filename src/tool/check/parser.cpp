// SPDX-License-Identifier: GPL-2.0-or-later
#include "tool/check/parser.h"

#include <algorithm>
#include <array>
#include <utility>

#include "tool/check/exec_functions.h"

namespace kamexec::tool::check {
namespace {

constexpr std::array<std::string_view, 8> kRoutes = {
    "route",       "request_route", "failure_route", "onreply_route",
    "reply_route", "branch_route",  "onsend_route",  "event_route"};

constexpr std::size_t kMostCalls = 10'000;
/// In the body of a route in which checks of variables are looked for.
constexpr std::size_t kMostTokens = 200'000;
/// Of a string that may be a pattern.
constexpr std::size_t kLongestPattern = 200;

bool is_route(std::string_view word) {
  return std::find(kRoutes.begin(), kRoutes.end(), word) != kRoutes.end();
}

}  // namespace

void Parser::parse() {
  advance();
  while (token_.kind != Token::Kind::end && into_.calls.size() < kMostCalls) {
    statement();
  }
  if (token_.kind != Token::Kind::end) {
    into_.notes.push_back({Note::Severity::error, token_.location,
                           "there are more than " + std::to_string(kMostCalls) + " exec calls"});
  }
}

void Parser::advance() {
  if (depth_ > 0 && body_.size() <= kMostTokens) {
    keep_for_checks();
  }
  token_ = lexer_.next();
}

/// The token at hand, in the body of a route.
void Parser::keep_for_checks() {
  const bool is_long = token_.text.size() > kLongestPattern;
  body_.push_back({token_.kind, is_long ? std::string() : token_.text, token_.location,
                   token_.is_doubtful || is_long});
}

void Parser::end_of_route() {
  route_.clear();
  if (body_.size() <= kMostTokens) {
    find_variable_checks(body_, into_.calls);
  }
  body_.clear();
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
    end_of_route();
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
  call.location = name.location;
  call.function = name.text;
  call.route = depth_ > 0 ? route_ : std::string();
  if (!body_.empty()) {
    body_.back().call = into_.calls.size();
  }
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
    into_.notes.push_back({Note::Severity::error, call.location,
                           "the arguments of this " + call.function + " are not closed"});
  }
  into_.calls.push_back(std::move(call));
}

/// $var(x) = … up to the ';'. Calls on the right are found too.
void Parser::assignment() {
  Assignment assignment;
  assignment.location = token_.location;
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
      const SourceLocation location =
          at < string.locations.size() ? string.locations[at] : string.location;
      into_.notes.push_back({Note::Severity::unseen, location,
                             "this string contains an exec call of a script engine, which is not "
                             "checked"});
    }
  }
}

}  // namespace kamexec::tool::check

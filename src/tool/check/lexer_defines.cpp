// SPDX-License-Identifier: GPL-2.0-or-later
// #!define and its kin, #!subst and its kin.
#include <cstdlib>
#include <utility>

#include "tool/check/expression.h"
#include "tool/check/lexer.h"

namespace kamexec::tool::check {
namespace {

constexpr std::size_t kMostSubstitutions = 256;

}  // namespace

/// Takes the name behind the directive at hand; empty: there is none, which is told, and its line
/// is passed over.
std::string Lexer::take_define_name(const char* directive) {
  const SourceLocation location = input_.location();
  skip_blanks();
  std::string name = take_name();
  if (name.empty() || input_.peek() == '-') {
    note(Note::Severity::error, location,
         std::string(directive) + " needs a name of letters, digits and '_'");
    skip_line();
    return {};
  }
  skip_blanks();
  return name;
}

std::string Lexer::take_define_value() {
  std::string value;
  for (int c = input_.peek(); c != '\n' && c != Input::kEnd; c = input_.peek()) {
    if (c == '\\' && input_.peek(1) == '\n') {
      input_.skip(2);
    } else {
      value += static_cast<char>(input_.take());
    }
  }
  return value;
}

void Lexer::define_directive(Defines::How how) {
  const SourceLocation location = input_.location();
  const std::string name = take_define_name("#!define");
  if (!name.empty() && !defines_.add(name, {take_define_value()}, how)) {
    note(Note::Severity::error, location,
         name + " is defined already, or there are too many: the server stops here");
  }
}

/// #!defexp NAME EXPRESSION: without a value where the expression has none.
void Lexer::define_expression(bool quoted) {
  const SourceLocation location = input_.location();
  const std::string name = take_define_name("#!defexp");
  if (name.empty()) {
    return;
  }
  const Result<Expression> result = evaluate(take_define_value(), defines_);
  Define define;
  if (result) {
    define.value = quoted ? "\"" + result->text() + "\"" : result->text();
    define.is_known = !result->is_doubtful;
  } else {
    note(Note::Severity::comment, location,
         name + " has no value, because it can't be evaluated: " + result.error().message);
  }
  if (!defines_.add(name, std::move(define))) {
    note(Note::Severity::error, location,
         name + " is defined already, or there are too many: the server stops here");
  }
}

void Lexer::undefine(bool must_exist) {
  const SourceLocation location = input_.location();
  const std::string name = take_define_name("#!undef");
  if (name.empty()) {
    return;
  }
  if (!rest_of_line_is_blank(0)) {
    note(Note::Severity::error, location, "#!undef takes one name: the server stops here");
  } else if (!defines_.remove(name) && must_exist) {
    note(Note::Severity::error, location,
         name + " is not defined: the server stops here; #!tryundef is for that");
  }
  skip_line();
}

/// #!defenv NAME or #!defenv NAME=VARIABLE.
void Lexer::define_environment(bool must_exist, bool quoted) {
  const SourceLocation location = input_.location();
  skip_blanks();
  std::string text;
  for (int c = input_.peek(); !is_blank(c) && c != '\n' && c != Input::kEnd; c = input_.peek()) {
    text += static_cast<char>(input_.take());
  }
  const std::size_t end = text.find('=');
  const std::string name = text.substr(0, end);
  const std::string variable = end == std::string::npos ? text : text.substr(end + 1);
  const char* value = std::getenv(variable.c_str());
  if (value == nullptr && !must_exist) {
    note(Note::Severity::unseen, location,
         name + " counts as not defined: " + variable +
             " is not in this environment, but may be in the server's");
    return;
  }
  Define define;
  define.is_known = value != nullptr;
  define.value = value == nullptr ? std::string()
                 : quoted         ? "\"" + std::string(value) + "\""
                                  : std::string(value);
  static_cast<void>(defines_.add(name, std::move(define)));
  note(value == nullptr ? Note::Severity::unseen : Note::Severity::comment, location,
       name + (value == nullptr
                   ? " has an unknown value: " + variable + " is not in this environment"
                   : " is taken from this environment; the server's may differ"));
}

void Lexer::substitution_directive(std::string_view word) {
  const SourceLocation location = input_.location();
  while (is_blank(input_.peek()) || input_.peek() == '\n') {
    input_.skip(1);
  }
  const bool is_string = input_.peek() == '"' || input_.peek() == '\'';
  const Token rule = !is_string             ? Token()
                     : input_.peek() == '"' ? double_quoted()
                                            : single_quoted();
  if (!is_string) {
    note(Note::Severity::error, location, "#!" + std::string(word) + " needs a string");
    return;
  }
  Result<Substitution> read = Substitution::read(rule.text, defines_);
  if (!read || substitutions_.size() >= kMostSubstitutions) {
    has_unknown_substitution_ = true;
    note(Note::Severity::unseen, location,
         "this rule is not applied: " + (read ? "there are too many" : read.error().message) +
             "; the text of strings after it is uncertain");
  }
  if (!read) {
    if (word != "subst" && rule.text.size() > 2) {
      const std::size_t end = rule.text.find(rule.text[0], 1);
      static_cast<void>(defines_.add(rule.text.substr(1, end - 1), {{}, false}));
    }
    return;
  }
  if (word != "subst") {
    const std::string& value = read->value();
    static_cast<void>(
        defines_.add(read->expression(), {word == "substdef" ? value : "\"" + value + "\""}));
  }
  if (substitutions_.size() < kMostSubstitutions) {
    substitutions_.push_back(std::move(*read));
  }
}

}  // namespace kamexec::tool::check

// SPDX-License-Identifier: GPL-2.0-or-later
#include "tool/check/lexer.h"

namespace kamexec::tool::check {
namespace {

/// Past this size a string's bytes have no places of their own.
constexpr std::size_t kMostPlaces = std::size_t{1} << 20;

void add(Token& token, char c, SourceLocation location) {
  token.text += c;
  if (token.text.size() <= kMostPlaces) {
    token.locations.push_back(location);
  }
}

/// How many bytes from @p from on are digits of base 8 or 16, at most @p most.
std::size_t digits(const Input& input, std::size_t from, std::size_t most, bool hexadecimal) {
  std::size_t count = 0;
  while (count < most) {
    const int c = input.peek(from + count);
    const bool is_digit = (c >= '0' && c <= (hexadecimal ? '9' : '7')) ||
                          (hexadecimal && ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')));
    if (!is_digit) {
      break;
    }
    ++count;
  }
  return count;
}

int digit_value(int c) {
  return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
}

}  // namespace

/// A backslash and what follows it.
void Lexer::escape(Token& into) {
  const SourceLocation location = input_.location();
  const int c = input_.peek(1);
  static constexpr std::string_view kNames = "nrat\"\\";
  static constexpr std::string_view kBytes = "\n\r\a\t\"\\";
  const std::size_t simple =
      c == Input::kEnd ? std::string_view::npos : kNames.find(static_cast<char>(c));
  const std::size_t hexadecimal = c == 'x' ? digits(input_, 2, 2, true) : 0;
  const std::size_t octal = digits(input_, 1, 3, false);
  if (c == '\n') {
    input_.skip(2);
  } else if (simple != std::string_view::npos) {
    input_.skip(2);
    add(into, kBytes[simple], location);
  } else if (hexadecimal > 0 || octal >= 2) {  // \1 alone is a reference of #!subst and the like
    const std::size_t first = hexadecimal > 0 ? 2 : 1;
    const std::size_t count = hexadecimal > 0 ? hexadecimal : octal;
    int value = 0;
    for (std::size_t i = first; i < first + count; ++i) {
      value = value * (hexadecimal > 0 ? 16 : 8) + digit_value(input_.peek(i));
    }
    input_.skip(first + count);
    add(into, static_cast<char>(value), location);
  } else {
    add(into, static_cast<char>(input_.take()), location);
  }
}

void Lexer::string_byte(Token& into) {
  if (input_.peek() == '\\') {
    escape(into);
    return;
  }
  const SourceLocation location = input_.location();
  add(into, static_cast<char>(input_.take()), location);
}

/// "…" and, with nothing but blanks and line ends between them, what "…" follow.
Token Lexer::double_quoted() {
  Token token;
  token.kind = Token::Kind::string;
  token.location = input_.location();
  do {
    input_.skip(1);
    while (input_.peek() != '"' && input_.peek() != Input::kEnd) {
      string_byte(token);
    }
    if (input_.peek() == Input::kEnd) {
      note(Note::Severity::error, token.location, "the string that begins here is not closed");
      break;
    }
    input_.skip(1);
    while (is_blank(input_.peek()) || input_.peek() == '\n') {
      input_.skip(1);
    }
  } while (input_.peek() == '"');
  substitute(token);
  return token;
}

Token Lexer::single_quoted() {
  Token token;
  token.kind = Token::Kind::string;
  token.location = input_.location();
  input_.skip(1);
  while (input_.peek() != '\'' && input_.peek() != Input::kEnd) {
    const SourceLocation location = input_.location();
    add(token, static_cast<char>(input_.take()), location);
  }
  if (input_.take() == Input::kEnd) {
    note(Note::Severity::error, token.location, "the string that begins here is not closed");
  }
  substitute(token);
  return token;
}

/// The server's strings end at a NUL byte, before #!subst sees them.
void Lexer::substitute(Token& token) const {
  if (const std::size_t end = token.text.find('\0'); end != std::string::npos) {
    token.text.resize(end);
  }
  if (token.locations.size() > token.text.size()) {
    token.locations.resize(token.text.size());
  }
  for (const Substitution& substitution : substitutions_) {
    if (substitution.apply(token.text)) {
      token.locations.clear();
    }
  }
  if (token.locations.size() < token.text.size()) {
    token.locations.clear();
  }
  token.is_doubtful = has_unknown_substitution_;
}

Token Lexer::variable() {
  Token token;
  token.kind = Token::Kind::variable;
  token.location = input_.location();
  token.text = static_cast<char>(input_.take());
  while (is_word_byte(input_.peek())) {
    token.text += static_cast<char>(input_.take());
  }
  if (input_.peek() == '(') {
    std::size_t depth = 0;
    do {
      const int c = input_.peek();
      if (c == Input::kEnd || c == '\n') {
        note(Note::Severity::error, token.location, "the variable that begins here is not closed");
        break;
      }
      depth += c == '(' ? 1 : 0;
      depth -= c == ')' ? 1 : 0;
      token.text += static_cast<char>(input_.take());
    } while (depth > 0);
  }
  substitute(token);
  return token;
}

/// @path.of.a[1].select
Token Lexer::select() {
  Token token;
  token.kind = Token::Kind::variable;
  token.location = input_.location();
  token.text = static_cast<char>(input_.take());
  while (is_word_byte(input_.peek()) || input_.peek() == '.' || input_.peek() == '[' ||
         input_.peek() == ']' || input_.peek() == '%') {
    token.text += static_cast<char>(input_.take());
  }
  return token;
}

}  // namespace kamexec::tool::check

// SPDX-License-Identifier: GPL-2.0-or-later
#include "tool/check/lexer.h"

#include <utility>

namespace kamexec::tool::check {
namespace {

constexpr std::size_t kMostExpansions = 100'000;
constexpr std::size_t kMostBytesInAll = std::size_t{64} << 20;
constexpr std::size_t kMostNotes = 1000;

}  // namespace

void Lexer::note(Note::Severity severity, SourceLocation location, std::string message) {
  if (notes_.size() < kMostNotes) {
    notes_.push_back({severity, location, std::move(message)});
  }
}

void Lexer::give_up(std::string message) {
  notes_.push_back({Note::Severity::error, input_.location(), std::move(message)});
  gave_up_ = true;
}

/// What the server defines before it reads (pp_define_core): KAMAILIO_5, KAMAILIO_5_6,
/// KAMAILIO_5_6_3; from 5.7 on KAMAILIO_VERSION and OS_NAME.
void Lexer::assume(variables::ServerVersion version) {
  version_ = version;
  if (version.is_none()) {
    return;
  }
  std::string name = "KAMAILIO_";
  for (const char c : version.text() + ".") {
    if (c == '.') {
      define(name);
    }
    name += c == '.' ? '_' : c;
  }
  if (knows(variables::ServerVersion(5, 7, 0))) {
    define("KAMAILIO_VERSION=" + std::to_string(version.number()));
    // "Linux" where CMake built the server, which it does from 6.1 on.
    static_cast<void>(
        defines_.add("OS_NAME", {"linux", !knows(variables::ServerVersion(6, 1, 0))}));
  }
}

void Lexer::define(std::string_view text) {
  const std::size_t end = text.find('=');
  const std::string_view value =
      end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  static_cast<void>(defines_.add(text.substr(0, end), {std::string(value)}, Defines::How::again));
}

void Lexer::define_module(std::string_view name) {
  static_cast<void>(defines_.add("MOD_" + std::string(name), {}, Defines::How::unless_defined));
}

void Lexer::begin(std::string text, const std::string& name) {
  bytes_ += text.size();
  files_.push_back(name);
  input_.push_file(std::move(text), static_cast<std::uint32_t>(files_.size() - 1));
}

Token Lexer::next() {
  while (!gave_up_ && pass_over()) {
    const int c = input_.peek();
    if (c == '"') {
      return double_quoted();
    }
    if (c == '\'') {
      return single_quoted();
    }
    if (c == '$') {
      return variable();
    }
    if (c == '@' && is_letter(input_.peek(1))) {
      return select();
    }
    Token token;
    if (is_word_byte(c)) {
      if (word(token)) {
        return token;
      }
      continue;
    }
    token.kind = Token::Kind::sign;
    token.location = input_.location();
    token.text = static_cast<char>(input_.take());
    return token;
  }
  Token end;
  end.location = input_.location();
  return end;
}

/// Goes to the next token's first byte; false: there is none.
bool Lexer::pass_over() {
  for (;;) {
    const int c = input_.peek();
    if (c == Input::kEnd) {
      if (!input_.pop_file()) {
        end_of_conditions();
        return false;
      }
    } else if (is_blank(c) || c == '\n') {
      input_.skip(1);
    } else if (c == '\\' && input_.peek(1) == '\n') {
      input_.skip(2);
    } else if (!directive() && !pass_comment()) {
      return !gave_up_;
    }
    if (gave_up_ || bytes_ > kMostBytesInAll) {
      if (!gave_up_) {
        give_up("there is more than " + std::to_string(kMostBytesInAll) + " bytes to read");
      }
      return false;
    }
  }
}

bool Lexer::pass_comment() {
  if (input_.peek() == '#' || input_.next_is("//")) {
    line_comment();
    return true;
  }
  if (input_.next_is("/*")) {
    block_comment();
    return true;
  }
  return false;
}

void Lexer::line_comment() {
  skip_line();
}

/// Comments nest.
void Lexer::block_comment() {
  const SourceLocation location = input_.location();
  for (std::size_t depth = 0;;) {
    if (input_.next_is("/*")) {
      ++depth;
      input_.skip(2);
    } else if (input_.next_is("*/")) {
      --depth;
      input_.skip(2);
    } else if (input_.take() == Input::kEnd) {
      note(Note::Severity::error, location, "the comment that begins here is not closed");
      return;
    }
    if (depth == 0) {
      return;
    }
  }
}

/// A name that is defined gives way to its value: false then, and nothing is in @p into.
bool Lexer::word(Token& into) {
  into.location = input_.location();
  const bool is_name = is_letter(input_.peek());
  while (is_word_byte(input_.peek())) {
    into.text += static_cast<char>(input_.take());
  }
  if (into.text == "include_file" || into.text == "import_file") {
    include(into.text == "include_file");
    return false;
  }
  into.kind = Token::Kind::word;
  const Define* define = is_name ? defines_.find(into.text) : nullptr;
  if (define == nullptr) {
    return true;
  }
  expand(*define, into);
  return into.is_doubtful;
}

void Lexer::expand(const Define& define, Token& name) {
  if (!define.is_known) {
    name.is_doubtful = true;
    return;
  }
  bytes_ += define.value.size();
  if (++expansions_ > kMostExpansions || !input_.push_expansion(define.value, name.location)) {
    give_up("the define " + name.text + " expands to itself, or defines expand too often");
  }
}

void Lexer::skip_blanks() {
  while (is_blank(input_.peek())) {
    input_.skip(1);
  }
}

void Lexer::skip_line() {
  for (int c = input_.take(); c != '\n' && c != Input::kEnd;) {
    c = input_.take();
  }
}

std::string Lexer::take_name() {
  std::string name;
  if (is_letter(input_.peek())) {
    while (is_word_byte(input_.peek())) {
      name += static_cast<char>(input_.take());
    }
  }
  return name;
}

bool Lexer::rest_of_line_is_blank(std::size_t from) const {
  while (is_blank(input_.peek(from))) {
    ++from;
  }
  return input_.peek(from) == '\n' || input_.peek(from) == Input::kEnd;
}

}  // namespace kamexec::tool::check

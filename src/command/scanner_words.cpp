// SPDX-License-Identifier: GPL-2.0-or-later
// Words (POSIX XCU 2.3).
#include <algorithm>
#include <utility>

#include "command/scanner.h"

namespace kamexec::command {
namespace {

bool is_number(const std::string& text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
}

/// Words that look like globs and are none: the shell leaves them as they are.
bool is_no_pattern(const std::string& text) {
  return text == "{" || text == "}" || text == "{}" || text == "[" || text == "[[";
}

}  // namespace

/// Whether an unquoted word would end here: a blank or an operator (POSIX XCU 2.3).
bool Scanner::at_word_end() const {
  return next_is_one_of(" \t\n;&|<>()");
}

void Scanner::begin_word() {
  if (!in_word_) {
    in_word_ = true;
    unquoted_size_ = 0;
    word_ = ScannedWord();
    word_.origin = done() ? 0 : symbols_[at_].origin;
  }
}

void Scanner::fixed(char c) {
  if (word_.parts.empty() || word_.parts.back().kind != WordPart::Kind::fixed) {
    word_.parts.emplace_back();
  }
  word_.parts.back().text += c;
}

/// NAME=… with the name and the '=' unquoted (POSIX XCU 2.9.1).
bool Scanner::is_assignment() const {
  if (!command_.words.empty()) {
    return false;
  }
  const std::string text = word_.beginning();
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0 || (text[0] >= '0' && text[0] <= '9') ||
      (word_.is_quoted && equals >= unquoted_size_)) {
    return false;
  }
  const std::size_t name_end = equals > 1 && text[equals - 1] == '+' ? equals - 1 : equals;
  return std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(name_end),
                     [](char c) {
                       return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                              (c >= '0' && c <= '9') || c == '_';
                     });
}

void Scanner::end_redirection_word() {
  switch (std::exchange(redirection_, Redirection::none)) {
    case Redirection::here_document:
    case Redirection::here_document_stripped:
      break;  // take_delimiter has taken it
    case Redirection::here_string:
      command_.input.push_back(std::move(word_));
      break;
    case Redirection::file:
    case Redirection::none:
      command_.files.push_back({std::move(word_), is_input_, is_descriptor_, descriptor_});
  }
  descriptor_ = -1;
}

void Scanner::end_word() {
  if (!in_word_) {
    return;
  }
  in_word_ = false;
  append_at_.reset();
  word_.has_pattern = word_.has_pattern && (word_.is_quoted || !is_no_pattern(word_.literal()));
  scan_.is_plain = scan_.is_plain && !word_.has_pattern;
  if (redirection_ != Redirection::none) {
    take_delimiter();
    end_redirection_word();
  } else if (in_array()) {
    command_.elements.push_back(std::move(word_));
    return;
  } else if (is_assignment()) {
    scan_.is_plain = false;
    command_.assignments.push_back(std::move(word_));
  } else {
    const std::string text = word_.is_quoted ? std::string() : word_.fixed();
    if (take_expected(text) || take_reserved(text)) {
      return;
    }
    command_.words.push_back(std::move(word_));
    word_end_ = at_;
    command_.in_double_brackets = command_.in_double_brackets || in_double_brackets_;
    in_double_brackets_ = in_double_brackets_ && text != "]]";
    if (open_.empty() || open_.back() != Open::case_pattern) {
      note_positional();
    }
  }
  if (command_.words.empty() || !open_.empty() || after_compound_) {
    return;  // a word here would be a program, or part of something that is open
  }
  const std::string name = command_.words.front().literal();
  if (name != "[" && name != "[[") {
    append_at_ = at_;
  }
}

void Scanner::word_symbol() {
  const Symbol& symbol = symbols_[at_];
  if (symbol.is_variable()) {
    take_variable(Spot::unquoted);
    return;
  }
  switch (symbol.byte()) {
    case '\\':
      backslash();
      return;
    case '\'':
      single_quotes();
      return;
    case '"':
      double_quotes();
      return;
    case '$':
      dollar(Around::nothing);
      return;
    case '`':
      backquotes(Around::nothing);
      return;
    case '*':
    case '?':
    case '[':
    case '{':
    case '}':
      word_.has_pattern = true;
      break;
    case '~':
    case '!':
    case '^':
    case '\r':
      // Their meaning hangs on the place and on the shell: the shell's to say.
      scan_.is_plain = false;
      break;
    case '=':
      scan_.is_plain = scan_.is_plain && !command_.words.empty();
      break;
    default:
      break;
  }
  fixed(symbol.byte());
  ++at_;
}

void Scanner::word() {
  begin_word();
  while (!done() && !at_word_end()) {
    word_symbol();
  }
  if ((next_is('<') || next_is('>')) && !word_.is_quoted && is_number(word_.fixed())) {
    in_word_ = false;  // the number of a descriptor
    const std::string number = word_.fixed();
    descriptor_ = number.size() > 4 ? 9999 : std::stoi(number);
    return;
  }
  if ((next_is('<') || next_is('>')) && word_.any_value() >= 0 &&
      word_.beginning().substr(0, 1) == "{") {
    error(at_ - 1, "it is in {...} before a redirection, which names a variable of bash",
          "write the number of the descriptor");
  }
  end_word();
}

}  // namespace kamexec::command

// SPDX-License-Identifier: GPL-2.0-or-later
// What begins with '$' or '`' (POSIX XCU 2.6).
#include <utility>

#include "command/scanner.h"

namespace kamexec::command {
namespace {

constexpr int kDeepest = 40;

bool is_name(const Symbol& s) {
  const char c = s.byte();
  return !s.is_variable() &&
         ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_');
}

bool is_digit(const Symbol& s) {
  return !s.is_variable() && s.byte() >= '0' && s.byte() <= '9';
}

}  // namespace

/// Says so, and gives the rest of the text up.
bool Scanner::too_deep() {
  if (depth_ < kDeepest) {
    return false;
  }
  error(at_, "the text is nested too deeply here", "put this part into a script of its own");
  at_ = symbols_.size();
  return true;
}

/// The values among the symbols, which stand in a substitution of the word at hand.
void Scanner::note_inner(const Symbols& text, std::size_t begin, std::size_t end) {
  for (std::size_t i = begin; i < end && in_word_; ++i) {
    if (text[i].is_variable()) {
      word_.inner.push_back(static_cast<int>(text[i].variable()));
    }
  }
}

void Scanner::substitution_part(std::size_t group, bool quoted, char operation) {
  if (in_word_) {
    WordPart part;
    part.quoted = quoted;
    part.kind = WordPart::Kind::substitution;
    part.group = group;
    part.operation = operation;
    word_.parts.push_back(std::move(part));
  }
}

void Scanner::parameter_part(std::string name, bool quoted, char operation) {
  if (in_word_) {
    WordPart part;
    part.kind = WordPart::Kind::parameter;
    part.quoted = quoted;
    part.operation = operation;
    part.text = std::move(name);
    word_.parts.push_back(std::move(part));
  }
}

void Scanner::dollar(Around around) {
  const std::size_t begin = at_++;
  const bool quoted = around != Around::nothing;
  const bool had_expansion = std::exchange(word_.has_expansion, true);
  scan_.is_plain = false;
  if (line_continues()) {
    differs(begin, "the line is continued directly after a '$'", "put both on one line");
  } else if (next_is_variable()) {
    error(at_, "a '$' is directly before it, so its value would name a shell variable",
          "remove the '$' before it");
  } else if (next_is('(') && next_is('(', 1)) {
    arithmetic(Arithmetic::expansion);
  } else if (next_is('(')) {
    ++at_;
    command_substitution('$', quoted);
  } else if (next_is('{')) {
    ++at_;
    parameter(around);
  } else if (next_is('[')) {
    arithmetic(Arithmetic::brackets);
  } else if (next_is('\'') && around == Around::nothing) {
    ansi_quotes();
  } else if (next_is_one_of("@*#?-$!") || (!done() && is_digit(symbols_[at_]))) {
    scan_.uses_positional = scan_.uses_positional || next_is_one_of("@*#123456789");
    parameter_part(std::string(1, symbols_[at_].byte()), quoted, 0);
    ++at_;
  } else if (!done() && is_name(symbols_[at_])) {
    std::string name;
    while (!done() && is_name(symbols_[at_])) {
      name += symbols_[at_++].byte();
    }
    parameter_part(std::move(name), quoted, 0);
  } else if (!next_is('"')) {
    word_.has_expansion = had_expansion;
    fixed('$');  // no expansion: the byte itself
  }
}

/// Behind "$(", "<(" or ">(".
void Scanner::command_substitution(char operation, bool quoted) {
  const std::size_t begin = at_;
  if (too_deep()) {
    return;
  }
  const std::size_t group = substitution_group();
  Scanner inner(symbols_, scan_, depth_ + 1, in_arithmetic_, group);
  inner.move_to(at_);
  inner.commands(true);
  at_ = inner.at();
  bool has_newline = false;
  for (std::size_t i = begin; i < at_; ++i) {
    has_newline = has_newline || symbols_[i].is('\n');
  }
  note_inner(symbols_, begin, at_);
  substitution_part(group, quoted, operation);
  if (has_newline && !here_documents_.empty()) {
    differs(begin, "this $( ) continues after the end of a line that begins a here-document",
            "put the $( ) on one line");
  }
}

/// The text between is unescaped once and is then a program of its own (POSIX XCU 2.6.3).
void Scanner::backquotes(Around around) {
  const std::size_t begin = at_++;
  scan_.is_plain = false;
  word_.has_expansion = true;
  Symbols text;
  for (; !done() && !next_is('`'); ++at_) {
    const bool is_quote = next_is('\\') && next_is('"', 1);
    if (is_quote && around == Around::here_document) {
      differs(at_, "\\\" in backquotes in a here-document is read differently by sh and bash",
              "write $( ) instead of the backquotes");
    }
    const bool escapes = next_is('\\') && (next_is('$', 1) || next_is('`', 1) || next_is('\\', 1) ||
                                           (is_quote && around == Around::double_quotes));
    at_ += escapes ? 1 : 0;
    text.push_back(symbols_[at_]);
  }
  if (done()) {
    error(begin, "the backquote that begins here is not closed", "close it with another `");
    return;
  }
  ++at_;
  if (too_deep()) {
    return;
  }
  note_inner(text, 0, text.size());
  const std::size_t group = substitution_group();
  substitution_part(group, around != Around::nothing, '$');
  Scanner inner(text, scan_, depth_ + 1, in_arithmetic_, group);
  inner.commands(false);
}

}  // namespace kamexec::command

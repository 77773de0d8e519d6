// SPDX-License-Identifier: GPL-2.0-or-later
// Quotes (POSIX XCU 2.2).
#include "command/scanner.h"

namespace kamexec::command {

void Scanner::mark_quoted() {
  if (!word_.is_quoted) {
    word_.is_quoted = true;
    unquoted_size_ = word_.beginning().size();
  }
}

void Scanner::backslash_before_variable() {
  if (next_is_variable(1)) {
    error(at_ + 1, "a backslash is directly before it", "remove the backslash");
  }
}

void Scanner::backslash() {
  backslash_before_variable();
  const std::size_t begin = at_++;
  if (done()) {
    error(begin, "the text ends in a backslash", "remove it, or write two");
  } else if (next_is('\n')) {
    ++at_;
  } else if (!next_is_variable()) {
    mark_quoted();
    fixed(symbols_[at_].byte());
    ++at_;
  }
}

void Scanner::single_quotes() {
  const std::size_t begin = at_++;
  mark_quoted();
  while (!done() && !next_is('\'')) {
    if (next_is_variable()) {
      take_variable(Spot::single_quoted);
    } else {
      fixed(symbols_[at_++].byte());
    }
  }
  if (done()) {
    error(begin, "the single quote that begins here is not closed", "close it with another '");
    return;
  }
  ++at_;
}

void Scanner::double_quoted_backslash() {
  backslash_before_variable();
  const bool escapes =
      next_is('$', 1) || next_is('`', 1) || next_is('"', 1) || next_is('\\', 1) || next_is('\n', 1);
  at_ += escapes ? 1 : 0;
  if (!escapes || !next_is('\n')) {
    fixed(symbols_[at_].byte());
  }
  ++at_;
}

void Scanner::double_quotes() {
  const std::size_t begin = at_++;
  mark_quoted();
  while (!done() && !next_is('"')) {
    const Symbol& symbol = symbols_[at_];
    if (symbol.is_variable()) {
      take_variable(Spot::double_quoted);
    } else if (symbol.is('$')) {
      dollar(Around::double_quotes);
    } else if (symbol.is('`')) {
      backquotes(Around::double_quotes);
    } else if (symbol.is('\\')) {
      double_quoted_backslash();
    } else {
      fixed(symbol.byte());
      ++at_;
    }
  }
  if (done()) {
    error(begin, "the double quote that begins here is not closed", "close it with another \"");
    return;
  }
  ++at_;
}

/// $'…' ends at the first ' for dash, at the first unescaped one for bash.
void Scanner::ansi_quotes() {
  const std::size_t begin = at_++;
  mark_quoted();
  for (; !done() && !next_is('\''); ++at_) {
    if (symbols_[at_].is_variable()) {
      error(at_, "it is inside $'...', which shells read differently",
            "write '...' or \"...\" around it");
    } else if (next_is('\\') && next_is('\'', 1)) {
      differs(begin, "\\' inside $'...' is read differently by sh and bash", "write \"'\" instead");
      ++at_;
    } else if (next_is('\\') && at_ + 1 < symbols_.size() && !next_is_variable(1)) {
      ++at_;
    }
  }
  if (done()) {
    error(begin, "the single quote that begins here is not closed", "close it with another '");
    return;
  }
  ++at_;
}

}  // namespace kamexec::command

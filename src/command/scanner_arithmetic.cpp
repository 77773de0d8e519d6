// SPDX-License-Identifier: GPL-2.0-or-later
// $(( )), (( )) and $[ ] (POSIX XCU 2.6.4). What is computed with can hold no value: see
// take_variable().
#include <utility>

#include "command/scanner.h"

namespace kamexec::command {

static bool is_name(const Symbol& s) {
  const char c = s.byte();
  return !s.is_variable() &&
         ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_');
}

/// Whether the symbol at hand says that a shell may take this for something else: quotes and
/// comments of a command in parentheses, a here-document where (( )) is two pairs of parentheses.
bool Scanner::is_doubtful_in_arithmetic(Arithmetic kind) const {
  const bool is_comment = next_is('#') && symbols_[at_ - 1].is(' ');
  if (next_is_one_of("\"'") || is_comment || (next_is('\\') && !line_continues())) {
    return true;
  }
  switch (kind) {
    case Arithmetic::expansion:
      return false;
    case Arithmetic::command:
      return next_is('<') && next_is('<', 1);
    case Arithmetic::brackets:
      return next_is_one_of("<>|&;()#\n");
  }
  return true;
}

void Scanner::arithmetic(Arithmetic kind) {
  if (too_deep()) {
    return;
  }
  ++depth_;
  arithmetic_inside(kind);
  --depth_;
}

/// What is computed with is told apart from the word that it stands in: its result is a number.
void Scanner::arithmetic_inside(Arithmetic kind) {
  const std::size_t begin = at_;
  ScannedWord outer = std::exchange(word_, ScannedWord());
  const bool was_in_word = std::exchange(in_word_, true);
  arithmetic_text(kind, begin);
  const std::uint32_t origin = begin < symbols_.size() ? symbols_[begin].origin : 0;
  scan_.computations.push_back({origin, std::move(word_.parts)});
  word_ = std::move(outer);
  in_word_ = was_in_word;
}

/// A name in arithmetic: the shell computes with what that variable holds.
void Scanner::take_identifier() {
  std::string name;
  while (!done() && is_name(symbols_[at_])) {
    name += symbols_[at_++].byte();
  }
  if (name.front() < '0' || name.front() > '9') {
    parameter_part(std::move(name), true, 0);
  }
}

void Scanner::arithmetic_text(Arithmetic kind, std::size_t begin) {
  const bool brackets = kind == Arithmetic::brackets;
  const char open = brackets ? '[' : '(';
  const char close = brackets ? ']' : ')';
  const bool was_in_arithmetic = std::exchange(in_arithmetic_, true);
  bool doubtful = false;
  scan_.computes = true;
  at_ += brackets ? 1 : 2;
  for (std::size_t depth = brackets ? 1 : 2; depth > 0;) {
    if (done()) {
      error(begin, "the arithmetic that begins here is not closed", "close it");
      break;
    }
    if (next_is_variable()) {
      take_variable(Spot::double_quoted);
    } else if (next_is('$')) {
      dollar(Around::double_quotes);
    } else if (next_is('`')) {
      backquotes(Around::double_quotes);
    } else if (is_name(symbols_[at_])) {
      take_identifier();
    } else {
      depth += next_is(open) ? 1U : 0U;
      depth -= next_is(close) ? 1U : 0U;
      // "))" belongs together; else these are parentheses around commands.
      const bool is_apart = !brackets && next_is(close) && depth == 1 && !next_is(close, 1);
      doubtful = doubtful || is_apart || is_doubtful_in_arithmetic(kind);
      ++at_;
    }
  }
  in_arithmetic_ = was_in_arithmetic;
  if (doubtful) {
    differs(begin, "shells read this differently, as arithmetic or as commands",
            "write $( ( ) ) or ( ( ) ) for commands, and arithmetic without quotes");
  }
}

}  // namespace kamexec::command

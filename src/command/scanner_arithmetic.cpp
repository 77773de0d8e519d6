// SPDX-License-Identifier: GPL-2.0-or-later
// $(( )), (( )) and $[ ] (POSIX XCU 2.6.4). What is computed with can hold no value: see
// take_variable().
#include <utility>

#include "command/scanner.h"

namespace kamexec {

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

void Scanner::arithmetic_inside(Arithmetic kind) {
  const bool brackets = kind == Arithmetic::brackets;
  const char open = brackets ? '[' : '(';
  const char close = brackets ? ']' : ')';
  const std::size_t begin = at_;
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
    } else {
      depth += next_is(open) ? 1 : 0;
      depth -= next_is(close) ? 1 : 0;
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

}  // namespace kamexec

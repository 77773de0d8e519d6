// SPDX-License-Identifier: GPL-2.0-or-later
// What begins with '$' or '`' (POSIX XCU 2.6).
#include <string_view>

#include "command/scanner.h"

namespace kamexec {
namespace {

constexpr int kDeepest = 40;

bool is_name(const Symbol& s) {
  if (s.is_variable()) {
    return false;
  }
  const char c = s.byte();
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool is_special(const Symbol& s) {
  constexpr std::string_view kSpecial = "@*#?-$!";
  return !s.is_variable() && kSpecial.find(s.byte()) != std::string_view::npos;
}

bool is_positional(const Symbol& s) {
  return s.is('@') || s.is('*') || s.is('#') ||
         (!s.is_variable() && s.byte() >= '1' && s.byte() <= '9');
}

}  // namespace

void Scanner::nested(const Symbols& text, void (Scanner::*read)()) {
  if (depth_ >= kDeepest) {
    error(at_, "the text is nested too deeply", "put this part into a script of its own");
    return;
  }
  Scanner inner(text, scan_, depth_ + 1);
  (inner.*read)();
}

void Scanner::dollar(bool in_double_quotes) {
  const std::size_t begin = at_;
  scan_.is_plain = false;
  word_.has_expansion = true;
  ++at_;
  if (done()) {
    return;
  }
  const Symbol& symbol = symbols_[at_];
  if (symbol.is_variable()) {
    error(at_, "a '$' stands right before it, so that its value would name a shell variable",
          "leave the '$' before it out");
    ++at_;
  } else if (symbol.is('(') && next_is('(', 1)) {
    arithmetic(2, ')', "$(( ))");
  } else if (symbol.is('(')) {
    ++at_;
    if (depth_ >= kDeepest) {
      error(begin, "the text is nested too deeply", "put this part into a script of its own");
      at_ = symbols_.size();
      return;
    }
    Scanner inner(symbols_, scan_, depth_ + 1);
    inner.move_to(at_);
    inner.commands(true);
    for (std::size_t i = at_; !here_documents_.empty() && i < inner.at(); ++i) {
      if (symbols_[i].is('\n')) {
        error(begin, "this $( ) goes over the end of a line that begins a here-document",
              "put the $( ) on one line");
        break;
      }
    }
    at_ = inner.at();
  } else if (symbol.is('{')) {
    ++at_;
    parameter(in_double_quotes);
  } else if (symbol.is('[')) {
    arithmetic(1, ']', "$[ ]");
  } else if (symbol.is('\'') && !in_double_quotes) {
    ansi_quotes();
  } else if (is_name(symbol) || is_special(symbol)) {
    scan_.uses_positional = scan_.uses_positional || is_positional(symbol);
    const bool one = !is_name(symbol) || (symbol.byte() >= '0' && symbol.byte() <= '9');
    ++at_;
    while (!one && !done() && is_name(symbols_[at_])) {
      ++at_;
    }
  }
}

void Scanner::arithmetic(std::size_t opener_size, char close, const char* name) {
  const char open = close == ')' ? '(' : '[';
  std::size_t depth = opener_size;
  at_ += opener_size;
  for (; !done() && depth > 0; ++at_) {
    if (symbols_[at_].is_variable()) {
      error(at_,
            std::string("it stands inside ") + name +
                ", where shells run commands that a value holds (a[$(command)])",
            "check that it is a number first and hand it to a program such as expr, or compute "
            "with the server's own operators");
    } else if (next_is('\\')) {
      at_ += at_ + 1 < symbols_.size() ? 1 : 0;
    } else if (next_is(open)) {
      ++depth;
    } else if (next_is(close)) {
      --depth;
    }
  }
}

void Scanner::ansi_quotes() {
  // $'…' ends at the first ' for dash, at the first unescaped one for bash.
  const std::size_t begin = at_++;
  word_.is_quoted = true;
  for (; !done() && !next_is('\''); ++at_) {
    if (symbols_[at_].is_variable()) {
      error(at_, "it stands inside $'...', which shells read differently",
            "write '...' or \"...\" around it");
    } else if (next_is('\\') && next_is('\'', 1)) {
      error(begin, "\\' inside $'...' is read differently by sh and bash", "write \"'\" instead");
      ++at_;
    }
  }
  at_ += done() ? 0 : 1;
}

void Scanner::parameter(bool in_double_quotes) {
  if (depth_ >= kDeepest) {
    error(at_, "the text is nested too deeply", "put this part into a script of its own");
    at_ = symbols_.size();
    return;
  }
  ++depth_;
  parameter_inside(in_double_quotes);
  --depth_;
}

void Scanner::parameter_inside(bool in_double_quotes) {
  if (next_is('#') || next_is('!')) {
    scan_.uses_positional = scan_.uses_positional || next_is('}', 1);
    ++at_;  // ${#name}; ${!name} of bash
  }
  const std::size_t begin = at_;
  while (!done() && is_name(symbols_[at_])) {
    scan_.uses_positional = scan_.uses_positional || (at_ == begin && is_positional(symbols_[at_]));
    ++at_;
  }
  if (at_ == begin && !done() && is_special(symbols_[at_])) {
    scan_.uses_positional = scan_.uses_positional || is_positional(symbols_[at_]);
    ++at_;
  }
  if (next_is('}')) {
    ++at_;
    return;
  }
  const std::size_t colon = next_is(':') ? 1 : 0;
  if (next_is('-', colon) || next_is('=', colon) || next_is('?', colon) || next_is('+', colon)) {
    at_ += colon + 1;
    parameter_word(in_double_quotes, false);
  } else if (next_is('#') || next_is('%')) {
    at_ += next_is('#', 1) || next_is('%', 1) ? 2 : 1;
    parameter_word(in_double_quotes, true);
  } else {
    // Substrings, replacements, array elements: of bash and ksh, some of them arithmetic.
    for (std::size_t depth = 1; !done() && depth > 0; ++at_) {
      if (symbols_[at_].is_variable()) {
        error(at_,
              "it stands inside ${...} where its value could be computed with or name a "
              "variable",
              "put it outside of the ${...}, or into a shell variable first");
      } else if (next_is('\\') && at_ + 1 < symbols_.size()) {
        ++at_;
      } else if (next_is('{')) {
        ++depth;
      } else if (next_is('}')) {
        --depth;
      }
    }
  }
}

void Scanner::parameter_word(bool in_double_quotes, bool is_pattern) {
  const std::size_t begin = at_;
  while (!done() && !next_is('}')) {
    const Symbol& symbol = symbols_[at_];
    if (symbol.is_variable()) {
      // A pattern in double quotes is not quoted itself: quotes make the value literal there too.
      spot(symbol, in_double_quotes && !is_pattern ? Spot::double_quoted : Spot::unquoted);
      ++at_;
    } else if (symbol.is('$')) {
      dollar(in_double_quotes && !is_pattern);
    } else if (symbol.is('`')) {
      backquotes(in_double_quotes);
    } else if (symbol.is('\\')) {
      if (next_is_variable(1)) {
        error(at_ + 1, "a backslash stands right before it", "leave the backslash out");
      }
      at_ += at_ + 1 < symbols_.size() ? 2 : 1;
    } else if ((symbol.is('"') || symbol.is('\'')) && !in_double_quotes) {
      symbol.is('"') ? double_quotes() : single_quotes();
    } else if (symbol.is('"') || (symbol.is('\'') && is_pattern)) {
      // Quotes inside "${name…}": what they mean differs from shell to shell.
      const char quote = symbol.byte();
      for (++at_; !done() && !next_is(quote); ++at_) {
        if (symbols_[at_].is_variable()) {
          error(at_, "it stands in quotes inside \"${...}\", which shells read differently",
                "leave the inner quotes out: the value is one word without them");
        }
      }
      at_ += done() ? 0 : 1;
    } else {
      ++at_;
    }
  }
  if (done()) {
    error(begin, "the ${ } that holds this is not closed", "close it with }");
    return;
  }
  ++at_;
}

void Scanner::backquotes(bool in_double_quotes) {
  const std::size_t begin = at_++;
  scan_.is_plain = false;
  word_.has_expansion = true;
  // The text between is unescaped once and is then a program of its own (POSIX XCU 2.6.3).
  Symbols text;
  for (; !done() && !next_is('`'); ++at_) {
    const bool escapes = next_is('\\') && (next_is('$', 1) || next_is('`', 1) || next_is('\\', 1) ||
                                           (in_double_quotes && next_is('"', 1)));
    at_ += escapes ? 1 : 0;
    text.push_back(symbols_[at_]);
  }
  if (done()) {
    error(begin, "the backquote that begins here is not closed", "close it with another `");
    return;
  }
  ++at_;
  nested(text, &Scanner::whole);
}

}  // namespace kamexec

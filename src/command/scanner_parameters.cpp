// SPDX-License-Identifier: GPL-2.0-or-later
// ${…} (POSIX XCU 2.6.2).
#include "command/scanner.h"

namespace kamexec::command {
namespace {

bool is_name(const Symbol& s) {
  const char c = s.byte();
  return !s.is_variable() &&
         ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_');
}

}  // namespace

/// Behind "${".
void Scanner::parameter(Around around) {
  if (too_deep()) {
    return;
  }
  ++depth_;
  parameter_inside(around);
  --depth_;
}

std::string Scanner::parameter_name() {
  std::string name;
  scan_.uses_positional = scan_.uses_positional || next_is_one_of("@*#123456789");
  if (next_is_one_of("@*#?-$!")) {
    name = symbols_[at_++].byte();
    return name;
  }
  while (!done() && is_name(symbols_[at_])) {
    name += symbols_[at_++].byte();
  }
  return name;
}

void Scanner::parameter_inside(Around around) {
  if (next_is('!')) {
    scan_.computes = true;  // ${!name} of bash: the name may hold a subscript
  }
  char operation = 0;
  if ((next_is('#') || next_is('!')) && !next_is('}', 1)) {
    operation = next_is('#') ? 'L' : '!';  // ${#name}, ${!name}
    ++at_;
  }
  std::string name = parameter_name();
  const std::size_t colon = next_is(':') ? 1 : 0;
  if (operation == 0 && next_is_one_of("-=?+#%:/^,[@", colon)) {
    operation = symbols_[at_ + colon].byte();
    if (operation == '@' && at_ + 1 < symbols_.size() && !next_is_variable(1)) {
      operation = symbols_[at_ + 1].byte();  // ${name@P}
    }
  }
  parameter_part(std::move(name), around != Around::nothing, operation);
  if (next_is('}')) {
    ++at_;
  } else if (next_is('-', colon) || next_is('=', colon) || next_is('?', colon) ||
             next_is('+', colon)) {
    at_ += colon + 1;
    parameter_word(around, false);
  } else if (next_is('#') || next_is('%')) {
    at_ += next_is('#', 1) || next_is('%', 1) ? 2U : 1U;
    ++patterns_;
    parameter_word(around, true);
    --patterns_;
  } else {
    other_parameter_operator();
  }
}

/// Substrings, replacements, array elements: of bash and ksh, some of them arithmetic. Quotes are
/// read as bash reads them; dash does not.
void Scanner::other_parameter_operator() {
  const std::size_t begin = at_;
  bool doubtful = false;
  char quote = 0;
  const bool computes = next_is(':') || next_is('[');
  scan_.computes = scan_.computes || computes;
  Computation computation;
  computation.origin = at_ < symbols_.size() ? symbols_[at_].origin : 0;
  for (std::size_t depth = 1; depth > 0; ++at_) {
    if (done()) {
      error(begin - 1, "the ${ } around this is not closed", "close it with }");
      return;
    }
    if (next_is_variable()) {
      error(at_, "it is inside ${...} where its value could be evaluated or name a variable",
            "put it outside of the ${...}, or into a shell variable first");
      continue;
    }
    const char c = symbols_[at_].byte();
    if (computes && is_name(symbols_[at_])) {
      if (at_ == begin || !is_name(symbols_[at_ - 1]) || computation.parts.empty()) {
        computation.parts.push_back({WordPart::Kind::parameter, true, 0, -1, 0, {}});
      }
      computation.parts.back().text += c;
    }
    doubtful = doubtful || next_is_one_of("\"'`\\$");
    if (c == '\\' && at_ + 1 < symbols_.size() && !next_is_variable(1)) {
      ++at_;
    } else if (quote != 0) {
      quote = c == quote ? '\0' : quote;
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else {
      depth += c == '{' ? 1 : 0;
      depth -= c == '}' ? 1 : 0;
    }
  }
  if (!computation.parts.empty()) {
    scan_.computations.push_back(std::move(computation));
  }
  if (doubtful) {
    differs(begin, "quotes and expansions inside this ${...} are read differently by sh and bash",
            "put them into shell variables first");
  }
}

void Scanner::parameter_variable(Around around, bool is_pattern, bool after_quote) {
  if (after_quote) {
    error(at_, "it is next to quotes inside ${...}, which shells read differently",
          "remove the inner quotes: the value is one word without them");
  } else if (patterns_ > (is_pattern ? 1 : 0)) {
    error(at_, "it is in a ${...} inside the pattern of another, where shells differ",
          "put it into a shell variable first");
  } else if (is_pattern && around == Around::here_document) {
    error(at_, "it is in the pattern of a ${...} in a here-document, where shells differ",
          "put the result into a shell variable before the here-document");
  }
  // The quotes around a pattern don't quote it: quotes of its own make the value literal.
  const bool quoted = around != Around::nothing && !is_pattern;
  take_variable(quoted ? Spot::double_quoted : Spot::unquoted);
}

/// Quotes in the word of a ${…} that is quoted itself, up to the next one.
void Scanner::parameter_quotes(std::size_t begin) {
  const char quote = symbols_[at_++].byte();
  for (; !done() && !next_is(quote); ++at_) {
    if (symbols_[at_].is_variable()) {
      error(at_, "it is in quotes inside \"${...}\", which shells read differently",
            "remove the inner quotes: the value is one word without them");
    } else if (next_is_one_of("}\"'`\\$\n")) {
      differs(begin, "shells read the text in these quotes inside \"${...}\" differently",
              "put it into a shell variable first");
    }
  }
  at_ += done() ? 0U : 1U;
}

void Scanner::parameter_word(Around around, bool is_pattern) {
  const std::size_t begin = at_;
  bool after_quote = false;  // a ' that most shells take as it is, and some for a quote
  while (!done() && !next_is('}')) {
    const Symbol& symbol = symbols_[at_];
    const bool is_quote = symbol.is('"') || symbol.is('\'');
    if (symbol.is_variable()) {
      parameter_variable(around, is_pattern, after_quote);
    } else if (symbol.is('$')) {
      dollar(around);
    } else if (symbol.is('`')) {
      backquotes(around);
    } else if (symbol.is('\\')) {
      backslash_before_variable();
      at_ += next_is_variable(1) || at_ + 1 >= symbols_.size() ? 1U : 2U;
    } else if (is_quote && around == Around::nothing) {
      symbol.is('"') ? double_quotes() : single_quotes();
    } else if (symbol.is('"') || (is_quote && is_pattern)) {
      parameter_quotes(begin);
    } else {
      after_quote = after_quote || is_quote;
      ++at_;
    }
  }
  if (done()) {
    error(begin, "the ${ } around this is not closed", "close it with }");
    return;
  }
  ++at_;
}

}  // namespace kamexec::command

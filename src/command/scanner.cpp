// SPDX-License-Identifier: GPL-2.0-or-later
// Commands, and what is said of them.
#include "command/scanner.h"

#include <algorithm>

namespace kamexec::command {
namespace {

bool is_blank(const Symbol& s) {
  return s.is(' ') || s.is('\t');
}

}  // namespace

bool Scanner::next_is_one_of(std::string_view all, std::size_t ahead) const {
  return at_ + ahead < symbols_.size() && !symbols_[at_ + ahead].is_variable() &&
         all.find(symbols_[at_ + ahead].byte()) != std::string_view::npos;
}

void Scanner::error(std::size_t at, std::string message, std::string remedy) {
  if (scan_.errors.size() >= Scan::kMostErrors) {
    return;
  }
  ScanError made;
  if (!symbols_.empty()) {
    const Symbol& symbol = symbols_[std::min(at, symbols_.size() - 1)];
    made.origin = symbol.origin;
    made.variable = symbol.is_variable() ? static_cast<int>(symbol.variable()) : -1;
  }
  made.message = std::move(message);
  made.remedy = std::move(remedy);
  scan_.errors.push_back(std::move(made));
}

void Scanner::differs(std::size_t at, std::string message, std::string remedy) {
  const std::size_t before = scan_.errors.size();
  error(at, std::move(message), std::move(remedy));
  if (scan_.errors.size() > before) {
    scan_.errors.back().variable = -1;
    scan_.errors.back().about_values = true;
  }
}

void Scanner::take_variable(Spot where) {
  const std::size_t variable = symbols_[at_].variable();
  scan_.spots[variable] = where;
  if (in_arithmetic_) {
    error(at_,
          "the shell evaluates it as arithmetic, and shells run commands in such a value "
          "(a[$(command)])",
          "check that it is a number and pass it to a program such as expr, or calculate with "
          "the server's own operators");
    if (!scan_.errors.empty() && scan_.errors.back().variable == static_cast<int>(variable)) {
      scan_.errors.back().computes = true;
    }
  }
  if (in_word_) {
    WordPart part;
    part.kind = WordPart::Kind::value;
    part.value = static_cast<int>(variable);
    word_.parts.push_back(std::move(part));
  }
  ++at_;
}

void Scanner::commands(bool until_parenthesis) {
  const std::size_t begin = at_;
  while (!done()) {
    const Symbol& symbol = symbols_[at_];
    if (is_blank(symbol)) {
      ++at_;
    } else if (line_continues()) {
      at_ += 2;
    } else if (symbol.is('\n')) {
      newline();
    } else if (symbol.is('#')) {
      comment();
    } else if (symbol.is('(')) {
      open_parenthesis();
    } else if (symbol.is(')')) {
      if (close_parenthesis(until_parenthesis)) {
        return;
      }
    } else if (at_word_end()) {
      operator_symbol();
    } else {
      word();
    }
  }
  end_command();
  if (until_parenthesis) {
    error(begin - 1, "the ( that begins here is not closed", "close it with )");
  }
}

Scan scan(const Symbols& symbols, std::size_t variables) {
  Scan result;
  result.spots.assign(variables, Spot::comment);
  result.groups.emplace_back();
  result.size = symbols.size();
  Scanner scanner(symbols, result, 0, false, 0);
  scanner.commands(false);
  result.append_at = scanner.append_at();
  result.is_plain = result.is_plain && result.commands.size() == 1;
  return result;
}

}  // namespace kamexec::command

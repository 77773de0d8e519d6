// SPDX-License-Identifier: GPL-2.0-or-later
// Commands, words and operators.
#include "command/scanner.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace kamexec {
namespace {

bool is_blank(const Symbol& s) {
  return s.is(' ') || s.is('\t');
}

bool ends_word(const Symbol& s) {
  if (s.is_variable()) {
    return false;
  }
  constexpr std::string_view kMeta = " \t\n;&|<>()";
  return kMeta.find(s.byte()) != std::string_view::npos;
}

template <std::size_t N>
bool one_of(const std::string& text, const std::array<std::string_view, N>& all) {
  return std::find(all.begin(), all.end(), text) != all.end();
}

/// Reserved words after which a command begins.
constexpr std::array<std::string_view, 10> kBeforeCommand = {
    "if", "then", "elif", "else", "while", "until", "do", "{", "!", "time"};
/// Those that close what was open: no argument can follow.
constexpr std::array<std::string_view, 5> kClosing = {"fi", "done", "esac", "}", "]]"};
/// The others, of POSIX and of bash.
constexpr std::array<std::string_view, 6> kOtherReserved = {"for",      "select", "[[",
                                                            "function", "coproc", "in"};
/// Commands that change $1 …, or may.
constexpr std::array<std::string_view, 5> kPositional = {"set", "shift", "function", "eval", "."};

bool is_assignment(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0 || (text[0] >= '0' && text[0] <= '9')) {
    return false;
  }
  const std::size_t name_end = equals > 1 && text[equals - 1] == '+' ? equals - 1 : equals;
  return std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(name_end),
                     [](char c) {
                       return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                              (c >= '0' && c <= '9') || c == '_';
                     });
}

/// The fixed text that a word begins with.
std::string leading(const ScannedWord& word) {
  return word.pieces.empty() || word.pieces.front().value != WordPiece::kFixed
             ? std::string()
             : word.pieces.front().text;
}

}  // namespace

void Scanner::error(std::size_t at, std::string message, std::string remedy) {
  const Symbol* symbol = at < symbols_.size() ? &symbols_[at] : nullptr;
  ScanError made;
  made.origin = symbol != nullptr ? symbol->origin : symbols_.empty() ? 0 : symbols_.back().origin;
  if (symbol != nullptr && symbol->is_variable()) {
    made.variable = static_cast<int>(symbol->variable());
  }
  made.message = std::move(message);
  made.remedy = std::move(remedy);
  scan_.errors.push_back(std::move(made));
}

void Scanner::spot(const Symbol& variable, Spot where) {
  scan_.spots[variable.variable()] = where;
  if (where != Spot::comment && in_word_) {
    word_.pieces.push_back({static_cast<int>(variable.variable()), {}});
  }
}

void Scanner::begin_word() {
  if (!in_word_) {
    in_word_ = true;
    word_ = ScannedWord();
    word_.origin = done() ? 0 : symbols_[at_].origin;
  }
}

void Scanner::fixed(char c) {
  if (word_.pieces.empty() || word_.pieces.back().value != WordPiece::kFixed) {
    word_.pieces.push_back({WordPiece::kFixed, {}});
  }
  word_.pieces.back().text += c;
}

bool Scanner::take_reserved(const std::string& text) {
  if (!open_.empty() && open_.back() == Open::case_subject && text == "in") {
    open_.back() = Open::case_pattern;
    command_ = SimpleCommand();
    return true;
  }
  if (!command_.words.empty()) {
    return false;
  }
  const bool in_case =
      !open_.empty() && (open_.back() == Open::case_pattern || open_.back() == Open::case_body);
  if (text == "case") {
    open_.push_back(Open::case_subject);
  } else if (text == "esac" && in_case) {
    open_.pop_back();
  }
  const bool known = text == "case" || one_of(text, kBeforeCommand) || one_of(text, kClosing) ||
                     one_of(text, kOtherReserved);
  scan_.is_plain = scan_.is_plain && !known;
  scan_.uses_positional = scan_.uses_positional || one_of(text, kPositional);
  ends_in_word_ = !one_of(text, kClosing) && !one_of(text, kBeforeCommand);
  return one_of(text, kBeforeCommand) || one_of(text, kClosing);
}

void Scanner::end_word() {
  if (!in_word_) {
    return;
  }
  in_word_ = false;
  ends_in_word_ = true;
  if (redirection_ != Redirection::none) {
    if (redirection_ != Redirection::file) {
      take_delimiter();
    } else {
      command_.files.push_back(std::move(word_));
    }
    redirection_ = Redirection::none;
    return;
  }
  if (command_.words.empty() && is_assignment(leading(word_))) {
    scan_.is_plain = false;
    return;
  }
  if (!word_.is_quoted && !word_.has_value() && take_reserved(word_.fixed())) {
    return;
  }
  command_.words.push_back(std::move(word_));
}

void Scanner::backslash() {
  if (next_is_variable(1)) {
    error(at_ + 1, "a backslash stands right before it", "leave the backslash out");
  }
  ++at_;
  if (done()) {
    fixed('\\');
    scan_.is_plain = false;  // what a lone backslash at the end means, shells don't agree on
  } else if (!symbols_[at_].is_variable()) {
    if (!next_is('\n')) {
      word_.is_quoted = true;
      fixed(symbols_[at_].byte());
    }
    ++at_;
  }
}

void Scanner::single_quotes() {
  const std::size_t begin = at_++;
  word_.is_quoted = true;
  for (; !done() && !next_is('\''); ++at_) {
    if (symbols_[at_].is_variable()) {
      spot(symbols_[at_], Spot::single_quoted);
    } else {
      fixed(symbols_[at_].byte());
    }
  }
  if (done()) {
    error(begin, "the single quote that begins here is not closed", "close it with another '");
    return;
  }
  ++at_;
}

void Scanner::double_quotes() {
  const std::size_t begin = at_++;
  word_.is_quoted = true;
  while (!done() && !next_is('"')) {
    const Symbol& symbol = symbols_[at_];
    if (symbol.is_variable()) {
      spot(symbol, Spot::double_quoted);
      ++at_;
    } else if (symbol.is('$')) {
      dollar(true);
    } else if (symbol.is('`')) {
      backquotes(true);
    } else if (symbol.is('\\')) {
      if (next_is_variable(1)) {
        error(at_ + 1, "a backslash stands right before it", "leave the backslash out");
      }
      const bool escapes = next_is('$', 1) || next_is('`', 1) || next_is('"', 1) ||
                           next_is('\\', 1) || next_is('\n', 1);
      at_ += escapes ? 1 : 0;
      if (!next_is('\n') || !escapes) {
        fixed(symbols_[at_].byte());
      }
      ++at_;
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

void Scanner::word_symbol() {
  const Symbol& symbol = symbols_[at_];
  if (symbol.is_variable()) {
    spot(symbol, Spot::unquoted);
    ++at_;
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
      dollar(false);
      return;
    case '`':
      backquotes(false);
      return;
    case '*':
    case '?':
    case '[':
    case '{':
    case '}':
      word_.has_expansion = true;
      scan_.is_plain = false;
      break;
    case '~':
    case '!':
    case '^':
    case '=':
    case '\r':
      // Their meaning hangs on the place and on the shell: the shell's to say.
      scan_.is_plain = scan_.is_plain && symbol.is('=') && !command_.words.empty();
      break;
    default:
      break;
  }
  fixed(symbol.byte());
  ++at_;
}

void Scanner::word() {
  begin_word();
  while (!done() && !ends_word(symbols_[at_])) {
    word_symbol();
  }
  const bool is_number = !word_.is_quoted && !word_.fixed().empty() &&
                         word_.fixed().find_first_not_of("0123456789") == std::string::npos;
  if (is_number && (next_is('<') || next_is('>'))) {
    in_word_ = false;  // the number of a descriptor
    return;
  }
  end_word();
}

void Scanner::end_command() {
  end_word();
  redirection_ = Redirection::none;
  if (!command_.words.empty() || !command_.files.empty()) {
    const bool is_pattern = !open_.empty() && (open_.back() == Open::case_pattern ||
                                               open_.back() == Open::case_subject);
    if (!is_pattern) {
      scan_.commands.push_back(std::move(command_));
    }
    command_ = SimpleCommand();
  }
}

void Scanner::comment() {
  scan_.is_plain = false;
  for (; !done() && !next_is('\n'); ++at_) {
    if (symbols_[at_].is_variable()) {
      spot(symbols_[at_], Spot::comment);
    }
  }
}

void Scanner::newline() {
  end_command();
  ++at_;
  read_here_documents();
}

void Scanner::ampersand() {
  if (next_is('&', 1)) {
    at_ += 2;
  } else {
    // "&>" too: bash redirects with it, dash puts into the background.
    scan_.has_background_job = true;
    ++at_;
  }
  end_command();
}

void Scanner::redirect() {
  const bool input = next_is('<');
  ++at_;
  redirection_ = Redirection::file;
  if (next_is('(')) {  // <( ) and >( ) of bash hold commands
    redirection_ = Redirection::none;
    return;
  }
  if (input && next_is('<')) {
    ++at_;
    if (next_is('<')) {
      ++at_;  // <<< of bash: a word
      return;
    }
    redirection_ = Redirection::here_document;
    if (next_is('-')) {
      ++at_;
      redirection_ = Redirection::here_document_stripped;
    }
    return;
  }
  if (next_is('&') || next_is('|') || next_is('>')) {
    ++at_;
  }
}

void Scanner::open_parenthesis() {
  if (next_is('(', 1)) {
    // An arithmetic command to bash, two subshells to dash.
    arithmetic(2, ')', "(( ))");
    ends_in_word_ = false;
    return;
  }
  ++at_;
  const bool of_pattern =
      !open_.empty() && open_.back() == Open::case_pattern && command_.words.empty();
  if (!of_pattern) {
    scan_.uses_positional =
        scan_.uses_positional || !command_.words.empty();  // name() { …: a function has its own $1
    end_command();
    open_.push_back(Open::parenthesis);
  }
}

bool Scanner::close_parenthesis(bool until_parenthesis) {
  end_command();
  if (open_.empty() && !here_documents_.empty()) {
    error(at_, "the here-document that begins inside these parentheses does not end there",
          "put its text and its delimiter before the )");
  }
  ends_in_word_ = false;
  ++at_;
  if (open_.empty()) {
    return until_parenthesis;
  }
  if (open_.back() == Open::parenthesis) {
    open_.pop_back();
  } else {
    open_.back() = Open::case_body;
  }
  return false;
}

void Scanner::operator_symbol() {
  scan_.is_plain = false;
  if (next_is('&')) {
    ampersand();
    ends_in_word_ = false;
  } else if (next_is('<') || next_is('>')) {
    redirect();
    ends_in_word_ = false;
  } else {
    if (next_is(';') && next_is(';', 1) && !open_.empty() && open_.back() == Open::case_body) {
      end_command();
      open_.back() = Open::case_pattern;
    }
    end_command();
    ends_in_word_ = false;
    ++at_;
  }
}

void Scanner::commands(bool until_parenthesis) {
  while (!done()) {
    const Symbol& symbol = symbols_[at_];
    if (is_blank(symbol)) {
      ++at_;
    } else if (symbol.is('\n')) {
      newline();
    } else if (symbol.is('#')) {
      comment();
      ends_in_word_ = false;
    } else if (symbol.is('(')) {
      scan_.is_plain = false;
      open_parenthesis();
    } else if (symbol.is(')')) {
      scan_.is_plain = false;
      if (close_parenthesis(until_parenthesis)) {
        return;
      }
    } else if (ends_word(symbol)) {
      operator_symbol();
    } else if (next_is('\\') && next_is('\n', 1)) {
      at_ += 2;
    } else {
      word();
    }
  }
  end_command();
  if (until_parenthesis) {
    error(at_ - 1, "the $( ) that holds this is not closed", "close it with )");
  }
}

std::string ScannedWord::fixed() const {
  std::string text;
  for (const WordPiece& piece : pieces) {
    if (piece.value != WordPiece::kFixed || has_expansion) {
      return {};
    }
    text += piece.text;
  }
  return text;
}

bool ScannedWord::has_value() const {
  return std::any_of(pieces.begin(), pieces.end(),
                     [](const WordPiece& piece) { return piece.value != WordPiece::kFixed; });
}

bool ScannedWord::begins_with_value() const {
  return !pieces.empty() && pieces.front().value != WordPiece::kFixed;
}

Scan scan(const Symbols& symbols, std::size_t variables) {
  Scan result;
  result.spots.assign(variables, Spot::comment);
  Scanner scanner(symbols, result, 0);
  scanner.commands(false);
  result.can_append = scanner.ends_in_word();
  result.is_plain = result.is_plain && result.commands.size() == 1;
  return result;
}

}  // namespace kamexec

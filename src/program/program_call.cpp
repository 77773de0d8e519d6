// SPDX-License-Identifier: GPL-2.0-or-later
#include "program/program_call.h"

#include <algorithm>

#include "command/symbols.h"
#include "program/program_definition.h"

namespace kamexec::program {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";

/// What a shell reads as more than itself: operators, expansions and patterns anywhere …
constexpr std::string_view kSpecial = "|&;<>()$`*?[{";
/// … and, at the start of a word, a comment and a home directory.
constexpr std::string_view kSpecialAtStart = "#~";
/// What stays special inside of double quotes.
constexpr std::string_view kSpecialInQuotes = "$`";
constexpr std::string_view kEscapedInQuotes = "$`\"\\";

class CallReader {
 public:
  explicit CallReader(const command::CommandTemplate& text)
      : text_(text), symbols_(command::symbols_of(text)) {}

  tl::expected<ProgramCall, command::Finding> read() {
    skip_blanks();
    ++at_;  // the '@'
    read_name();
    for (skip_blanks(); !done() && !failed_; skip_blanks()) {
      read_word();
    }
    if (failed_) {
      return tl::unexpected(std::move(finding_));
    }
    for (const command::TemplatePart& part : text_) {
      call_.text += part.text;
    }
    return std::move(call_);
  }

 private:
  [[nodiscard]] bool done() const { return at_ >= symbols_.size(); }
  [[nodiscard]] bool next_is(char c, std::size_t ahead = 0) const {
    return at_ + ahead < symbols_.size() && symbols_[at_ + ahead].is(c);
  }
  [[nodiscard]] bool next_is_one_of(std::string_view bytes, std::size_t ahead = 0) const {
    return at_ + ahead < symbols_.size() && !symbols_[at_ + ahead].is_variable() &&
           bytes.find(symbols_[at_ + ahead].byte()) != bytes.npos;
  }
  [[nodiscard]] bool next_is_variable() const { return !done() && symbols_[at_].is_variable(); }
  [[nodiscard]] bool line_continues() const { return next_is('\\') && next_is('\n', 1); }

  void skip_blanks() {
    for (;;) {
      if (next_is_one_of(kBlanks)) {
        ++at_;
      } else if (line_continues()) {
        at_ += 2;
      } else {
        return;
      }
    }
  }

  void fail(std::size_t at, std::string message, std::string remedy) {
    if (failed_) {  // the first counts
      return;
    }
    failed_ = true;
    const command::TextPosition position =
        command::position_of(text_, static_cast<std::uint32_t>(at));
    finding_.line = position.line;
    finding_.column = position.column;
    finding_.message = std::move(message);
    finding_.remedy = std::move(remedy);
  }

  void read_name() {
    const std::size_t begin = at_;
    while (!done() && !next_is_variable() && is_program_name_byte(symbols_[at_].byte())) {
      call_.program += symbols_[at_++].byte();
    }
    if (next_is_variable()) {
      fail(at_, "the name of a program can't come from a variable",
           "write the name, and choose between programs in the script");
    } else if (call_.program.empty()) {
      fail(begin, "there is no name after the '@'", "write the name of a program, as in @lcr");
    } else if (call_.program.size() > kLongestProgramName) {
      fail(begin, "the name is longer than " + std::to_string(kLongestProgramName) + " bytes",
           "write the name of a program");
    } else if (!done() && !next_is_one_of(kBlanks) && !line_continues()) {
      fail(at_, "the name of the program contains an invalid character here",
           "put a space after it; a name has letters, digits, '_' and '-'");
    }
  }

  void read_word() {
    const std::size_t begin = at_;
    word_.clear();
    while (!done() && !failed_ && !next_is_one_of(kBlanks)) {
      if (next_is_variable()) {
        take_variable();
      } else if (next_is('\\')) {
        read_backslash();
      } else if (next_is_one_of("'\"")) {
        read_quoted(symbols_[at_].byte());
      } else if (next_is_one_of(kSpecial) || (at_ == begin && next_is_one_of(kSpecialAtStart))) {
        fail_special();
      } else {
        fixed(symbols_[at_++].byte());
      }
    }
    call_.words.push_back(word_);
  }

  void fail_special() {
    const std::string byte(1, symbols_[at_].byte());
    fail(at_, "there is no shell here to read the " + byte,
         "quote it, as '" + byte + "', if it is part of an argument");
  }

  void read_backslash() {
    if (line_continues()) {
      at_ += 2;
    } else if (at_ + 1 >= symbols_.size()) {
      fail(at_, "the text ends in a backslash", "remove it, or write two");
    } else if (symbols_[++at_].is_variable()) {
      fail(at_, "a backslash is directly before a variable", "remove the backslash");
    } else {
      fixed(symbols_[at_++].byte());
    }
  }

  void read_quoted(char quote) {
    const std::size_t begin = at_++;
    while (!done() && !failed_ && !next_is(quote)) {
      if (next_is_variable()) {
        take_variable();
      } else if (quote == '"' && next_is('\\')) {
        read_quoted_backslash();
      } else if (quote == '"' && next_is_one_of(kSpecialInQuotes)) {
        fail_special();
      } else {
        fixed(symbols_[at_++].byte());
      }
    }
    if (done()) {
      fail(begin, "the quote that begins here is not closed",
           std::string("close it with another ") + quote);
    }
    ++at_;
  }

  void read_quoted_backslash() {
    if (line_continues()) {
      at_ += 2;
    } else if (at_ + 1 < symbols_.size() && symbols_[at_ + 1].is_variable()) {
      fail(at_ + 1, "a backslash is directly before a variable", "remove the backslash");
    } else {
      at_ += next_is_one_of(kEscapedInQuotes, 1) ? 1U : 0U;
      fixed(symbols_[at_++].byte());
    }
  }

  void take_variable() {
    word_.push_back({static_cast<int>(call_.value_count++), {}});
    ++at_;
  }

  void fixed(char c) {
    if (c == '\0') {
      fail(at_ - 1, "there is a NUL byte in the text", "leave it out");
    }
    if (word_.empty() || word_.back().value != command::WordPiece::kFixed) {
      word_.push_back({});
    }
    word_.back().text += c;
  }

  const command::CommandTemplate& text_;
  const command::Symbols symbols_;
  std::size_t at_ = 0;
  command::Word word_;
  ProgramCall call_;
  bool failed_ = false;
  command::Finding finding_;
};

}  // namespace

bool is_program_call(const command::CommandTemplate& text) {
  for (const command::TemplatePart& part : text) {
    if (part.is_variable) {
      return false;
    }
    const std::size_t first = part.text.find_first_not_of(kBlanks);
    if (first != part.text.npos) {
      return part.text[first] == '@';
    }
  }
  return false;
}

std::string_view called_name(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
  if (text.empty() || text.front() != '@') {
    return {};
  }
  text.remove_prefix(1);
  const std::string_view name = text.substr(0, text.find_first_of(kBlanks));
  const bool can_be = name.size() <= kLongestProgramName &&
                      std::all_of(name.begin(), name.end(), is_program_name_byte);
  return can_be ? name : std::string_view();
}

tl::expected<ProgramCall, command::Finding> read_program_call(
    const command::CommandTemplate& text) {
  if (!is_program_call(text)) {
    command::Finding finding;
    finding.message = "the command does not begin with '@'";
    finding.remedy = "write @ and the name of a program, as in @lcr";
    return tl::unexpected(std::move(finding));
  }
  return CallReader(text).read();
}

}  // namespace kamexec::program

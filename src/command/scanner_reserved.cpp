// SPDX-License-Identifier: GPL-2.0-or-later
// Reserved words (POSIX XCU 2.4), and commands that have to do with $1, $2 …
#include <algorithm>
#include <array>
#include <utility>

#include "command/scanner.h"

namespace kamexec::command {
namespace {

template <std::size_t N>
bool one_of(std::string_view text, const std::array<std::string_view, N>& all) {
  return std::find(all.begin(), all.end(), text) != all.end();
}

/// Reserved words after which a command begins.
constexpr auto kBeforeCommand = std::to_array<std::string_view>(
    {"if", "then", "elif", "else", "while", "until", "do", "{", "!", "time", "coproc"});
/// Those of them that open what is closed later.
constexpr auto kOpening = std::to_array<std::string_view>({"if", "while", "until", "{"});
/// Those that close what was open: no argument can follow.
constexpr auto kClosing = std::to_array<std::string_view>({"fi", "done", "esac", "}"});
/// Commands that change or use $1 …, or run text that may.
constexpr auto kPositional = std::to_array<std::string_view>(
    {"set", "shift", "eval", ".", "source", "getopts", "trap", "alias"});

}  // namespace

bool Scanner::at_command_start() const {
  return command_.words.empty() && command_.assignments.empty() &&
         (command_.files.empty() || after_compound_);
}

/// The words that the ones before them make special: `for NAME in`, `case WORD in`, `function
/// NAME`.
bool Scanner::take_expected(const std::string& text) {
  const Expect expected = std::exchange(expect_, Expect::nothing);
  switch (expected) {
    case Expect::nothing:
      return false;
    case Expect::function_name:
      function_ = text;
      function_name();
      return true;  // its body comes next, as a command
    case Expect::loop_name:
      expect_ = Expect::loop_in;
      break;
    case Expect::loop_in:
      if (text == "in") {
        break;
      }
      scan_.uses_positional = true;  // `for x do` goes over "$@"
      if (text == "do" || text == "{") {
        end_command();
        return true;
      }
      break;
    case Expect::case_subject:
      expect_ = Expect::case_in;
      break;
    case Expect::case_in:
      end_command();
      open_.push_back(Open::case_pattern);
      return true;
  }
  command_.words.push_back(std::move(word_));
  return true;
}

bool Scanner::take_closing(const std::string& text) {
  if (text == "esac" && !open_.empty() && open_.back() != Open::parenthesis) {
    open_.pop_back();
  }
  close_group();
  after_compound_ = true;
  return true;
}

bool Scanner::take_reserved(const std::string& text) {
  if (text.empty() || !at_command_start()) {
    return false;
  }
  if (!open_.empty() && open_.back() == Open::case_pattern) {
    return text == "esac" && take_closing(text);
  }
  if (one_of(text, kBeforeCommand)) {
    scan_.is_plain = false;
    after_compound_ = false;
    if (one_of(text, kOpening)) {
      open_group();
    }
    return true;
  }
  if (one_of(text, kClosing)) {
    scan_.is_plain = false;
    return take_closing(text);
  }
  if (text == "function") {
    scan_.is_plain = false;
    scan_.uses_positional = true;  // its body has a $1 of its own
    expect_ = Expect::function_name;
    return true;
  }
  if (text == "case" || text == "for" || text == "select" || text == "[[") {
    scan_.is_plain = false;
    in_double_brackets_ = text == "[[";
    if (text != "[[") {
      open_group();
      command_.is_loop_head = text != "case";
    }
    expect_ = text == "case" ? Expect::case_subject
              : text == "[[" ? Expect::nothing
                             : Expect::loop_name;
  }
  return false;
}

void Scanner::note_positional() {
  const ScannedWord& first = command_.words.front();
  const ScannedWord& last = command_.words.back();
  const bool is_first = command_.words.size() == 1;
  const std::string name = first.fixed();
  if (is_first && name.empty() && (first.has_expansion || first.has_value())) {
    scan_.uses_positional = true;  // who knows what it runs
  } else if (is_first || name == "command" || name == "builtin") {
    scan_.uses_positional = scan_.uses_positional || one_of(last.fixed(), kPositional);
  }
}

}  // namespace kamexec::command

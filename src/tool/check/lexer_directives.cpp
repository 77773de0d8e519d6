// SPDX-License-Identifier: GPL-2.0-or-later
// Which directive it is, and #!ifdef with what belongs to it; "!!" may stand for "#!".
#include <algorithm>

#include "tool/check/exec_functions.h"
#include "tool/check/expression.h"
#include "tool/check/lexer.h"

namespace kamexec::tool::check {
namespace {

constexpr std::size_t kPrefix = 2;
constexpr std::size_t kLongestWord = 16;
constexpr std::size_t kMostConditions = 512;
// #!ifexp, #!defexp and #!defexps; #!undef and #!tryundef.
constexpr variables::ServerVersion kExpressions(5, 7, 0);
constexpr variables::ServerVersion kUndefine(6, 2, 0);

}  // namespace

/// The word behind "#!" at hand; empty: no directive.
std::string Lexer::directive_word() const {
  std::string word;
  if (input_.next_is("#!") || input_.next_is("!!")) {
    for (int c = input_.peek(kPrefix); (is_letter(c)) && word.size() < kLongestWord;) {
      word += static_cast<char>(c);
      c = input_.peek(kPrefix + word.size());
    }
  }
  return word;
}

bool Lexer::knows(variables::ServerVersion since) const {
  return version_.is_none() || version_ >= since;
}

/// Whether the directive at hand begins a condition.
bool Lexer::is_condition(const std::string& word) const {
  return (word == "ifdef" || word == "ifndef" || (word == "ifexp" && knows(kExpressions))) &&
         is_blank(input_.peek(kPrefix + word.size()));
}

/// Follows the directive at hand; false: there is none.
bool Lexer::directive() {
  const std::string word = directive_word();
  const std::size_t size = kPrefix + word.size();
  const bool has_more = is_blank(input_.peek(size));
  if (word.empty()) {
    return false;
  }
  if (is_condition(word)) {
    condition(word);
    skip_left_out();
  } else if ((word == "else" || word == "endif") && rest_of_line_is_blank(size)) {
    if (conditions_.empty()) {
      stray_directive(word);
    } else if (word == "else") {
      conditions_.back() = !conditions_.back();
    } else {
      conditions_.pop_back();
    }
    skip_line();
    skip_left_out();
  } else if ((word == "define" || word == "def") && has_more) {
    input_.skip(size);
    define_directive(Defines::How::once);
  } else if ((word == "trydefine" || word == "trydef") && has_more) {
    input_.skip(size);
    define_directive(Defines::How::unless_defined);
  } else if ((word == "redefine" || word == "redef") && has_more) {
    input_.skip(size);
    define_directive(Defines::How::again);
  } else if (word == "defenv" || word == "defenvs" || word == "trydefenv" || word == "trydefenvs") {
    input_.skip(size);
    define_environment(word[0] == 'd', word.back() == 's');
  } else if (word == "subst" || word == "substdef" || word == "substdefs") {
    input_.skip(size);
    substitution_directive(word);
  } else if (word == "include_file" || word == "import_file") {
    input_.skip(size);
    include(word == "include_file");
  } else {
    return has_more && newer_directive(word);
  }
  return true;
}

/// Those that came after 5.6: a comment to a server that is older, which is told here.
bool Lexer::newer_directive(const std::string& word) {
  const bool is_expression = word == "defexp" || word == "defexps";
  const bool is_removal =
      word == "undef" || word == "undefine" || word == "tryundef" || word == "tryundefine";
  const variables::ServerVersion since = is_removal ? kUndefine : kExpressions;
  if (!is_expression && !is_removal && word != "ifexp") {
    return false;
  }
  if (!knows(since)) {
    note(Note::Severity::unseen, input_.location(),
         "#!" + word + " is a comment for Kamailio " + version_.text() +
             ": it is a directive from " + since.text_of_first() + " on");
    return false;
  }
  input_.skip(kPrefix + word.size());
  if (is_removal) {
    undefine(word[0] == 'u');
  } else {
    define_expression(word == "defexps");
  }
  return true;
}

void Lexer::condition(const std::string& word) {
  const SourceLocation location = input_.location();
  input_.skip(kPrefix + word.size());
  skip_blanks();
  bool holds = false;
  if (word == "ifexp") {
    holds = expression_holds();
  } else {
    const std::string name = take_name();
    if (name.empty() || input_.peek() == '-') {
      note(Note::Severity::error, location, "#!ifdef needs a name of letters, digits and '_'");
    }
    skip_line();
    holds = (defines_.find(name) != nullptr) == (word == "ifdef");
  }
  if (conditions_.size() >= kMostConditions) {
    give_up("more than " + std::to_string(kMostConditions) + " nested #!ifdef");
    return;
  }
  conditions_.push_back(holds);
  condition_location_ = location;
}

/// Evaluates the rest of the line.
bool Lexer::expression_holds() {
  const SourceLocation location = input_.location();
  std::string text;
  for (int c = input_.take(); c != '\n' && c != Input::kEnd; c = input_.take()) {
    text += static_cast<char>(c);
  }
  const Result<Expression> result = evaluate(text, defines_);
  if (!result) {
    note(Note::Severity::comment, location,
         "#!ifexp is false, because it can't be evaluated: " + result.error().message);
    return false;
  }
  if (result->is_doubtful) {
    note(Note::Severity::unseen, location,
         "this #!ifexp is read as " + std::string(result->is_true() ? "true" : "false") +
             ": the server may decide otherwise");
  }
  return result->is_true();
}

/// To the line behind the #!else or #!endif that ends what is left out. As in the server, comments
/// and strings count for nothing here.
void Lexer::skip_left_out() {
  const auto left_out = [this] {
    return std::find(conditions_.begin(), conditions_.end(), false) != conditions_.end();
  };
  bool told = false;
  bool in_word = false;
  while (!gave_up_ && left_out()) {
    if (input_.peek() == Input::kEnd) {
      if (!input_.pop_file()) {
        return;
      }
      continue;
    }
    const std::string word = directive_word();
    const std::size_t size = kPrefix + word.size();
    if (is_condition(word)) {
      condition(word);
      in_word = false;
      continue;
    }
    if ((word == "else" || word == "endif") && rest_of_line_is_blank(size)) {
      if (word == "else") {
        conditions_.back() = !conditions_.back();
      } else {
        conditions_.pop_back();
      }
      skip_line();
      in_word = false;
      continue;
    }
    if (!in_word && !told && exec_call_size(input_) > 0) {
      note(Note::Severity::comment, input_.location(),
           "this exec call is excluded by #!ifdef and is not checked: -A NAME defines a name");
      told = true;
    }
    in_word = is_word_byte(input_.take());
  }
}

/// The server passes over an #!else or #!endif without #!ifdef, and refuses a configuration in the
/// end that has more #!ifdef than #!endif, or less.
void Lexer::stray_directive(const std::string& word) {
  note(Note::Severity::comment, input_.location(),
       "#!" + word + " without #!ifdef: the server ignores it");
  if (word == "endif") {
    stray_location_ = input_.location();
    ++strays_;
  }
}

void Lexer::end_of_conditions() {
  const bool as_many = conditions_.size() == strays_;
  if (!conditions_.empty()) {
    note(as_many ? Note::Severity::comment : Note::Severity::error, condition_location_,
         "this #!ifdef has no #!endif");
  } else if (!as_many) {
    note(Note::Severity::error, stray_location_, "there are more #!endif than #!ifdef");
  }
  conditions_.clear();
  strays_ = 0;
}

}  // namespace kamexec::tool::check

// SPDX-License-Identifier: GPL-2.0-or-later
// #!define, #!ifdef, #!subst and what belongs to them; "!!" may stand for "#!".
#include <algorithm>
#include <cstdlib>
#include <optional>
#include <utility>

#include "cli/check/exec_functions.h"
#include "cli/check/lexer.h"

namespace kamexec::check {
namespace {

constexpr std::size_t kPrefix = 2;
constexpr std::size_t kLongestWord = 16;
constexpr std::size_t kMostConditions = 512;
constexpr std::size_t kMostSubstitutions = 256;

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

/// Follows the directive at hand; false: there is none.
bool Lexer::directive() {
  const std::string word = directive_word();
  const std::size_t size = kPrefix + word.size();
  const bool has_more = is_blank(input_.peek(size));
  if (word.empty()) {
    return false;
  }
  if ((word == "ifdef" || word == "ifndef") && has_more) {
    condition(word == "ifdef", size);
    skip_left_out();
  } else if ((word == "else" || word == "endif") && rest_of_line_is_blank(size)) {
    if (conditions_.empty()) {
      note(Note::Severity::error, input_.place(), "#!" + word + " without #!ifdef");
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
    return false;
  }
  return true;
}

void Lexer::condition(bool wants_defined, std::size_t size) {
  const Place place = input_.place();
  input_.skip(size);
  skip_blanks();
  const std::string name = take_name();
  if (name.empty() || input_.peek() == '-') {
    note(Note::Severity::error, place, "#!ifdef needs a name of letters, digits and '_'");
  }
  skip_line();
  if (conditions_.size() >= kMostConditions) {
    give_up("more than " + std::to_string(kMostConditions) + " #!ifdef in each other");
    return;
  }
  conditions_.push_back((defines_.find(name) != nullptr) == wants_defined);
  condition_place_ = place;
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
    if ((word == "ifdef" || word == "ifndef") && is_blank(input_.peek(size))) {
      condition(word == "ifdef", size);
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
      note(Note::Severity::comment, input_.place(),
           "this exec call is left out by #!ifdef and is not checked: -A NAME defines a name");
      told = true;
    }
    in_word = is_word_byte(input_.take());
  }
}

void Lexer::end_of_conditions() {
  if (!conditions_.empty()) {
    note(Note::Severity::error, condition_place_, "this #!ifdef has no #!endif");
    conditions_.clear();
  }
}

void Lexer::define_directive(Defines::How how) {
  const Place place = input_.place();
  skip_blanks();
  const std::string name = take_name();
  if (name.empty() || input_.peek() == '-') {
    note(Note::Severity::error, place, "#!define needs a name of letters, digits and '_'");
    skip_line();
    return;
  }
  skip_blanks();
  Define define;
  for (int c = input_.peek(); c != '\n' && c != Input::kEnd; c = input_.peek()) {
    if (c == '\\' && input_.peek(1) == '\n') {
      input_.skip(2);
    } else {
      define.value += static_cast<char>(input_.take());
    }
  }
  if (!defines_.add(name, std::move(define), how)) {
    note(Note::Severity::error, place,
         name + " is defined already, or there are too many: the server stops here");
  }
}

/// #!defenv NAME or #!defenv NAME=VARIABLE.
void Lexer::define_environment(bool must_exist, bool quoted) {
  const Place place = input_.place();
  skip_blanks();
  std::string text;
  for (int c = input_.peek(); !is_blank(c) && c != '\n' && c != Input::kEnd; c = input_.peek()) {
    text += static_cast<char>(input_.take());
  }
  const std::size_t end = text.find('=');
  const std::string name = text.substr(0, end);
  const std::string variable = end == std::string::npos ? text : text.substr(end + 1);
  const char* value = std::getenv(variable.c_str());
  if (value == nullptr && !must_exist) {
    note(Note::Severity::unseen, place,
         name + " counts as not defined: " + variable +
             " is not in this environment, but may be in the server's");
    return;
  }
  Define define;
  define.is_known = value != nullptr;
  define.value = value == nullptr ? std::string()
                 : quoted         ? "\"" + std::string(value) + "\""
                                  : std::string(value);
  static_cast<void>(defines_.add(name, std::move(define)));
  note(value == nullptr ? Note::Severity::unseen : Note::Severity::comment, place,
       name + (value == nullptr
                   ? " has a value that is not known: " + variable + " is not in this environment"
                   : " is taken from this environment; the server's may differ"));
}

void Lexer::substitution_directive(std::string_view word) {
  const Place place = input_.place();
  while (is_blank(input_.peek()) || input_.peek() == '\n') {
    input_.skip(1);
  }
  const bool is_string = input_.peek() == '"' || input_.peek() == '\'';
  const Token rule = !is_string             ? Token()
                     : input_.peek() == '"' ? double_quoted()
                                            : single_quoted();
  if (!is_string) {
    note(Note::Severity::error, place, "#!" + std::string(word) + " needs a string");
    return;
  }
  Result<Substitution> read = Substitution::read(rule.text, defines_);
  if (!read || substitutions_.size() >= kMostSubstitutions) {
    has_unknown_substitution_ = true;
    note(Note::Severity::unseen, place,
         "this rule is not applied: " + (read ? "there are too many" : read.error().message) +
             "; what stands in strings after it is not known for certain");
  }
  if (!read) {
    if (word != "subst" && rule.text.size() > 2) {
      const std::size_t end = rule.text.find(rule.text[0], 1);
      static_cast<void>(defines_.add(rule.text.substr(1, end - 1), {{}, false}));
    }
    return;
  }
  if (word != "subst") {
    const std::string& value = read->value();
    static_cast<void>(
        defines_.add(read->expression(), {word == "substdef" ? value : "\"" + value + "\""}));
  }
  if (substitutions_.size() < kMostSubstitutions) {
    substitutions_.push_back(std::move(*read));
  }
}

}  // namespace kamexec::check

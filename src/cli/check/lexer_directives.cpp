// SPDX-License-Identifier: GPL-2.0-or-later
// Which directive it is, and #!ifdef with what belongs to it; "!!" may stand for "#!".
#include <algorithm>

#include "cli/check/exec_functions.h"
#include "cli/check/lexer.h"

namespace kamexec::check {
namespace {

constexpr std::size_t kPrefix = 2;
constexpr std::size_t kLongestWord = 16;
constexpr std::size_t kMostConditions = 512;

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

}  // namespace kamexec::check

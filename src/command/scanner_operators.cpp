// SPDX-License-Identifier: GPL-2.0-or-later
// Operators (POSIX XCU 2.10.2), comments and line ends.
#include <algorithm>
#include <iterator>

#include "command/scanner.h"

namespace kamexec::command {

static bool is_blank(const Symbol& s) {
  return s.is(' ') || s.is('\t');
}

/// Takes the simple command that ends here; @p piped: its output goes to the next one.
void Scanner::end_command(bool piped) {
  end_word();
  redirection_ = Redirection::none;
  const bool is_pattern = !open_.empty() && open_.back() == Open::case_pattern;
  const bool is_empty = command_.words.empty() && command_.assignments.empty() &&
                        command_.files.empty() && command_.input.empty();
  if (!is_pattern && (!is_empty || !here_documents_.empty())) {
    const bool of_group = after_compound_ && last_group_ && command_.words.empty();
    const std::size_t owner = of_group ? *last_group_ : scan_.commands.size();
    for (HereDocument& document : here_documents_) {
      if (document.owner == HereDocument::kUnknown) {
        document.owner = owner;
        document.of_group = of_group;
      }
    }
    if (of_group) {
      take_group_redirections(scan_.groups[owner]);
    } else {
      command_.place = new_place(false, scan_.commands.size());
      scan_.commands.push_back(std::move(command_));
    }
  }
  if (piped && !is_pattern) {
    // Behind a function's body, or with nothing before the '|', no pipeline is under way.
    const std::size_t before =
        after_compound_ && last_group_ ? scan_.groups[*last_group_].place.pipeline : last_pipeline_;
    if (before != InPipeline::kNone) {
      pipeline_ = before;
    }
  }
  command_ = SimpleCommand();
  after_compound_ = false;
}

void Scanner::take_group_redirections(Group& group) {
  std::move(command_.files.begin(), command_.files.end(), std::back_inserter(group.files));
  std::move(command_.input.begin(), command_.input.end(), std::back_inserter(group.input));
}

void Scanner::comment() {
  scan_.is_plain = false;
  append_at_.reset();
  std::string text;
  for (++at_; !done() && !next_is('\n'); ++at_) {
    // A variable's spot is a comment until another is seen.
    text += next_is_variable() ? '$' : symbols_[at_].byte();
  }
  scan_.comments.push_back(std::move(text));
}

void Scanner::newline() {
  if (in_array()) {
    ++at_;
    return;
  }
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

void Scanner::bar() {
  const bool is_pipe = !next_is('|', 1);
  at_ += is_pipe && !next_is('&', 1) ? 1U : 2U;  // "|&" of bash is a pipe
  end_command(is_pipe);
}

void Scanner::semicolon() {
  end_command();
  ++at_;
  const bool in_case = !open_.empty() && open_.back() == Open::case_body;
  if (in_case && (next_is(';') || next_is('&'))) {  // ";;", and ";&", ";;&" of bash
    open_.back() = Open::case_pattern;
    at_ += next_is(';') && next_is('&', 1) ? 2U : 1U;
  }
}

void Scanner::redirect() {
  const bool input = next_is('<');
  ++at_;
  if (line_continues()) {
    differs(at_, "a line is continued inside a redirection", "put it on one line");
  }
  if (next_is('(')) {  // <( ) and >( ) of bash hold commands
    begin_word();
    word_.has_expansion = true;
    ++at_;
    command_substitution(input ? '<' : '>', true);
    end_word();
    return;
  }
  redirection_ = Redirection::file;
  is_input_ = input;
  is_descriptor_ = next_is('&');
  if (input && next_is('<')) {
    ++at_;
    redirection_ = next_is('<')   ? Redirection::here_string
                   : next_is('-') ? Redirection::here_document_stripped
                                  : Redirection::here_document;
    at_ += redirection_ == Redirection::here_document ? 0 : 1;
  } else if (next_is('&') || next_is('>') || (!input && next_is('|'))) {
    ++at_;
  }
}

void Scanner::open_parenthesis() {
  scan_.is_plain = false;
  append_at_.reset();
  if (next_is('(', 1)) {
    expect_ = Expect::nothing;  // for ((…))
    arithmetic(Arithmetic::command);
    end_command();
    last_group_.reset();
    after_compound_ = true;
    return;
  }
  if (line_continues(1) && next_is('(', 3)) {
    differs(at_, "a line is continued between two parentheses", "put a space between them");
  }
  if (begins_array()) {
    ++at_;
    open_.push_back(Open::array);
    return;
  }
  ++at_;
  if (!open_.empty() && open_.back() == Open::case_pattern && command_.words.empty()) {
    return;
  }
  if (!command_.words.empty()) {
    // name() { …: a function has its own $1.
    scan_.uses_positional = true;
    if (command_.words.size() == 1) {
      function_ = command_.words.front().literal();
      command_ = SimpleCommand();
      --at_;
      function_name();
      return;
    }
  }
  end_command();
  open_.push_back(Open::parenthesis);
  open_group();
}

/// The parentheses behind a function's name, where they are there.
void Scanner::function_name() {
  std::size_t at = at_;
  const auto skip = [&] {
    while (at < symbols_.size() && is_blank(symbols_[at])) {
      ++at;
    }
  };
  skip();
  if (at < symbols_.size() && symbols_[at].is('(')) {
    ++at;
    skip();
    if (at < symbols_.size() && symbols_[at].is(')')) {
      at_ = at + 1;
    }
  }
}

/// name=( of bash: the words of an array, right behind an assignment.
bool Scanner::begins_array() const {
  const bool is_adjacent = at_ > 0 && symbols_[at_ - 1].is('=');
  const bool is_element =
      !command_.words.empty() && command_.words.back().beginning().find('[') != std::string::npos;
  const bool is_word = !command_.words.empty() && !command_.words.back().is_quoted &&
                       (command_.words.size() > 1 || is_element);
  const bool is_alone = command_.words.empty() && !command_.assignments.empty();
  return is_adjacent && !in_array() && (is_word || is_alone);
}

/// Whether this was the parenthesis that closes the substitution.
bool Scanner::close_parenthesis(bool until_parenthesis) {
  scan_.is_plain = false;
  if (in_array()) {
    end_word();
    open_.pop_back();
    ++at_;
    return false;
  }
  end_command();
  append_at_.reset();
  if (open_.empty() && !here_documents_.empty()) {
    error(at_, "the here-document that begins inside these parentheses does not end there",
          "put its text and its delimiter before the )");
    here_documents_.clear();
  }
  ++at_;
  if (open_.empty()) {
    return until_parenthesis;
  }
  if (open_.back() == Open::parenthesis) {
    open_.pop_back();
    close_group();
    after_compound_ = true;
  } else {
    open_.back() = Open::case_body;
  }
  return false;
}

/// `curl http://h/?a=$rU&b=1`: what stands before the '&' runs in the background, without the rest.
/// Texts such as `lcr x&notify y` and `echo a;b=2` are no such thing.
void Scanner::note_cut_word() {
  const bool is_background = next_is('&');
  if ((!is_background && !next_is(';')) || command_.words.size() < 2 || word_end_ != at_ ||
      symbols_[at_ - 1].is('"') || symbols_[at_ - 1].is('\'') ||
      scan_.cut_words.size() >= Scan::kMostErrors) {
    return;
  }
  const std::string before = command_.words.back().literal();
  const auto has = [&](std::string_view text) { return before.find(text) != std::string::npos; };
  const bool has_query = has("?");
  const bool is_cut =
      is_background ? has_query || has("=") : has("://") || has("sip:") || has("sips:");
  std::string after;
  bool is_parameter = false;
  for (std::size_t ahead = 1; at_ + ahead < symbols_.size() && !is_parameter; ++ahead) {
    const Symbol& symbol = symbols_[at_ + ahead];
    is_parameter = symbol.is_variable() ? is_background && has_query && after.empty()
                                        : symbol.is('=') && !after.empty();
    const char c = symbol.is_variable() ? ' ' : symbol.byte();
    const bool is_name = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                         (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
    if (!is_name && c != '=') {
      break;
    }
    after += c;
  }
  if (is_cut && is_parameter) {
    scan_.cut_words.push_back({symbols_[at_].origin, symbols_[at_].byte(), before, after});
  }
}

void Scanner::operator_symbol() {
  scan_.is_plain = false;
  note_cut_word();
  if (next_is('<') || next_is('>')) {
    append_at_.reset();
    redirect();
    return;
  }
  if (next_is('&')) {
    ampersand();
  } else if (next_is('|')) {
    bar();
  } else {
    semicolon();
  }
  append_at_.reset();
}

}  // namespace kamexec::command

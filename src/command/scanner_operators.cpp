// SPDX-License-Identifier: GPL-2.0-or-later
// Operators (POSIX XCU 2.10.2), comments and line ends.
#include "command/scanner.h"

namespace kamexec {

/// Takes the simple command that ends here; @p piped: its output goes to the next one.
void Scanner::end_command(bool piped) {
  end_word();
  redirection_ = Redirection::none;
  const bool is_pattern = !open_.empty() && open_.back() == Open::case_pattern;
  const bool is_empty = command_.words.empty() && command_.assignments.empty() &&
                        command_.files.empty() && command_.input.empty();
  if (!is_pattern && (!is_empty || !here_documents_.empty())) {
    for (HereDocument& document : here_documents_) {
      if (document.command == HereDocument::kUnknown) {
        document.command = scan_.commands.size();
      }
    }
    command_.pipeline = pipeline_ ? *pipeline_ : scan_.pipelines++;
    pipeline_.reset();
    if (piped) {
      pipeline_ = command_.pipeline;
    }
    scan_.commands.push_back(std::move(command_));
  }
  command_ = SimpleCommand();
  after_compound_ = false;
}

void Scanner::comment() {
  scan_.is_plain = false;
  append_at_.reset();
  while (!done() && !next_is('\n')) {
    ++at_;  // a variable's spot is a comment until another is seen
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

void Scanner::bar() {
  const bool is_pipe = !next_is('|', 1);
  at_ += is_pipe && !next_is('&', 1) ? 1 : 2;  // "|&" of bash is a pipe
  end_command(is_pipe);
}

void Scanner::semicolon() {
  end_command();
  ++at_;
  const bool in_case = !open_.empty() && open_.back() == Open::case_body;
  if (in_case && (next_is(';') || next_is('&'))) {  // ";;", and ";&", ";;&" of bash
    open_.back() = Open::case_pattern;
    at_ += next_is(';') && next_is('&', 1) ? 2 : 1;
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
    command_substitution();
    end_word();
    return;
  }
  redirection_ = Redirection::file;
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
    after_compound_ = true;
    return;
  }
  if (line_continues(1) && next_is('(', 3)) {
    differs(at_, "a line is continued between two parentheses", "put a blank between them");
  }
  ++at_;
  if (!open_.empty() && open_.back() == Open::case_pattern && command_.words.empty()) {
    return;
  }
  // name() { …: a function has its own $1.
  scan_.uses_positional = scan_.uses_positional || !command_.words.empty();
  end_command();
  open_.push_back(Open::parenthesis);
}

/// Whether this was the parenthesis that closes the substitution.
bool Scanner::close_parenthesis(bool until_parenthesis) {
  scan_.is_plain = false;
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

}  // namespace kamexec

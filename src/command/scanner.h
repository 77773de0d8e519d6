// SPDX-License-Identifier: GPL-2.0-or-later
// The scanner of shell text (POSIX XCU 2.2, 2.3, 2.6). It decides contexts; it is no parser:
// whether the text is a valid program is the shell's own to say.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "command/scan.h"

namespace kamexec {

/// Scans one stretch of text: the whole, or what a substitution holds. Used by scan() alone.
class Scanner {
 public:
  /// @p into collects; @p depth counts how deep this stretch is nested.
  Scanner(const Symbols& symbols, Scan& into, int depth)
      : symbols_(symbols), scan_(into), depth_(depth) {}

  /// Commands until the end, or until the ')' that closes a substitution.
  void commands(bool until_parenthesis);
  /// The text of a here-document whose delimiter was not quoted.
  void here_document_text();

  /// The symbol after the last one that was read.
  [[nodiscard]] std::size_t at() const { return at_; }
  void move_to(std::size_t at) { at_ = at; }
  /// After commands(): the ending lets an argument follow.
  [[nodiscard]] bool ends_in_word() const { return ends_in_word_; }

 private:
  enum class Open { parenthesis, case_subject, case_pattern, case_body };
  struct HereDocument {
    std::string delimiter;
    bool quoted = false;
    bool strips_tabs = false;
  };
  enum class Redirection { none, file, here_document, here_document_stripped };

  // The text.
  [[nodiscard]] bool done() const { return at_ >= symbols_.size(); }
  [[nodiscard]] bool next_is(char c, std::size_t ahead = 0) const {
    return at_ + ahead < symbols_.size() && symbols_[at_ + ahead].is(c);
  }
  [[nodiscard]] bool next_is_variable(std::size_t ahead = 0) const {
    return at_ + ahead < symbols_.size() && symbols_[at_ + ahead].is_variable();
  }
  void error(std::size_t at, std::string message, std::string remedy);
  void spot(const Symbol& variable, Spot where);

  // Words.
  void word();
  void word_symbol();
  void fixed(char c);
  void backslash();
  void single_quotes();
  void double_quotes();
  void begin_word();
  void end_word();
  bool take_reserved(const std::string& text);

  // Expansions, in scanner_expansions.cpp.
  void dollar(bool in_double_quotes);
  void parameter(bool in_double_quotes);
  void parameter_inside(bool in_double_quotes);
  void parameter_word(bool in_double_quotes, bool is_pattern);
  void arithmetic(std::size_t opener_size, char close, const char* name);
  void ansi_quotes();
  void backquotes(bool in_double_quotes);
  void nested(const Symbols& text, void (Scanner::*read)());
  void whole() { commands(false); }

  // Operators and what follows from them.
  void operator_symbol();
  void ampersand();
  void redirect();
  void open_parenthesis();
  bool close_parenthesis(bool until_parenthesis);
  void comment();
  void newline();
  void end_command();

  // Here-documents, in scanner_here_documents.cpp.
  void take_delimiter();
  void read_here_documents();
  void read_here_document(const HereDocument& document);

  const Symbols& symbols_;
  Scan& scan_;
  int depth_;
  std::size_t at_ = 0;

  SimpleCommand command_;
  ScannedWord word_;
  bool in_word_ = false;
  Redirection redirection_ = Redirection::none;
  std::vector<HereDocument> here_documents_;
  std::vector<Open> open_;
  bool ends_in_word_ = false;
};

}  // namespace kamexec

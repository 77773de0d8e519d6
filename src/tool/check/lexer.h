// SPDX-License-Identifier: GPL-2.0-or-later
// A configuration's text as tokens, with what the server's preprocessor does: includes, defines,
// conditions, substitutions (core/cfg.lex and core/ppcfg.c of Kamailio, 5.6 to what comes
// after 6.1).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tool/check/defines.h"
#include "tool/check/input.h"
#include "tool/check/note.h"
#include "tool/check/substitution.h"
#include "tool/check/token.h"
#include "variables/server_version.h"

namespace kamexec::tool::check {

/// Reads one configuration with the files that it includes. Bounded in bytes, files, nesting and
/// expansions; what is beyond is an error among the notes. Not thread-safe.
class Lexer {
 public:
  /// @p files and @p notes are added to and must outlive this object.
  Lexer(std::vector<std::string>& files, Notes& notes) : files_(files), notes_(notes) {}

  /// Files are opened where #!include_file and #!import_file name them; else these are passed over:
  /// for text that is preprocessed.
  void follow_includes(bool follow) { follow_includes_ = follow; }
  /// Reads as that server does, and defines what it defines of its version. None: with everything
  /// that any has.
  void assume(variables::ServerVersion version);
  /// As the server's -A: NAME or NAME=VALUE.
  void define(std::string_view text);
  /// A module is loaded: the server defines MOD_name.
  void define_module(std::string_view name);
  /// Adds the file named @p name, to be read first.
  void begin(std::string text, const std::string& name);

  /// Kind::end for ever after the end, or after too much.
  [[nodiscard]] Token next();

 private:
  // Directives, in lexer_directives.cpp.
  bool directive();
  bool newer_directive(const std::string& word);
  [[nodiscard]] std::string directive_word() const;
  [[nodiscard]] bool is_condition(const std::string& word) const;
  void condition(const std::string& word);
  [[nodiscard]] bool expression_holds();
  [[nodiscard]] bool knows(variables::ServerVersion since) const;
  void skip_left_out();
  void stray_directive(const std::string& word);
  void end_of_conditions();

  // Defines and substitutions, in lexer_defines.cpp.
  void define_directive(Defines::How how);
  void define_expression(bool quoted);
  void undefine(bool must_exist);
  [[nodiscard]] std::string take_define_name(const char* directive);
  [[nodiscard]] std::string take_define_value();
  void define_environment(bool must_exist, bool quoted);
  void substitution_directive(std::string_view word);

  // Includes, in lexer_includes.cpp.
  void include(bool must_exist);
  bool open_include(const std::string& name, SourceLocation location);

  // Strings and variables, in lexer_strings.cpp.
  [[nodiscard]] Token double_quoted();
  [[nodiscard]] Token single_quoted();
  void string_byte(Token& into);
  void escape(Token& into);
  [[nodiscard]] Token variable();
  [[nodiscard]] Token select();
  void substitute(Token& token) const;

  // In lexer.cpp.
  bool pass_over();
  bool pass_comment();
  void line_comment();
  void block_comment();
  [[nodiscard]] bool word(Token& into);
  void expand(const Define& define, Token& name);
  void note(Note::Severity severity, SourceLocation location, std::string message);
  void give_up(std::string message);
  void skip_blanks();
  void skip_line();
  [[nodiscard]] std::string take_name();
  [[nodiscard]] bool rest_of_line_is_blank(std::size_t from) const;

  std::vector<std::string>& files_;
  Notes& notes_;
  Input input_;
  Defines defines_;
  std::vector<Substitution> substitutions_;
  bool has_unknown_substitution_ = false;
  std::vector<bool> conditions_;
  SourceLocation condition_location_;
  SourceLocation stray_location_;
  std::size_t strays_ = 0;  ///< #!endif without #!ifdef
  variables::ServerVersion version_;
  bool follow_includes_ = true;
  bool gave_up_ = false;
  std::size_t expansions_ = 0;
  std::size_t bytes_ = 0;  ///< of files and expansions
};

/// The bytes that the server's lexer passes over between tokens, but for the line end.
[[nodiscard]] inline bool is_blank(int c) {
  return c == ' ' || c == '\t' || c == '\b' || c == '\r';
}
[[nodiscard]] inline bool is_letter(int c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
[[nodiscard]] inline bool is_word_byte(int c) {
  return is_letter(c) || (c >= '0' && c <= '9');
}

}  // namespace kamexec::tool::check

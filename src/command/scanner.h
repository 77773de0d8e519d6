// SPDX-License-Identifier: GPL-2.0-or-later
// The scanner of shell text (POSIX XCU 2.2, 2.3, 2.6). It decides contexts; it is no parser:
// whether the text is a valid program is the shell's own to say. Where shells read a spot
// differently, it says so instead of choosing.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "command/scan.h"

namespace kamexec::command {

/// Scans one stretch of text: the whole, or what a substitution holds. Used by scan() alone.
class Scanner {
 public:
  /// @p into collects; @p depth counts how deep this stretch is nested; @p in_arithmetic: what it
  /// gives is computed with. @p group: the one that its commands belong to.
  Scanner(const Symbols& symbols, Scan& into, int depth, bool in_arithmetic, std::size_t group)
      : symbols_(symbols),
        scan_(into),
        depth_(depth),
        in_arithmetic_(in_arithmetic),
        groups_({group}) {}

  /// Commands until the end, or until the ')' that closes a substitution.
  void commands(bool until_parenthesis);

  /// The symbol after the last one that was read.
  [[nodiscard]] std::size_t at() const { return at_; }
  void move_to(std::size_t at) { at_ = at; }
  /// After commands(): where an argument can follow.
  [[nodiscard]] std::optional<std::size_t> append_at() const { return append_at_; }

 private:
  enum class Open { parenthesis, case_pattern, case_body, array };
  /// What the next word is, where the words before it decide that.
  enum class Expect { nothing, function_name, loop_name, loop_in, case_subject, case_in };
  enum class Redirection { none, file, here_string, here_document, here_document_stripped };
  /// What an expansion stands in.
  enum class Around { nothing, double_quotes, here_document };
  enum class Arithmetic { expansion, command, brackets };  ///< $(( )), (( )), $[ ]
  struct HereDocument {
    static constexpr std::size_t kUnknown = static_cast<std::size_t>(-1);
    std::string delimiter;
    bool quoted = false;
    bool strips_tabs = false;
    std::size_t owner = kUnknown;  ///< whose input it is, as index in Scan
    bool of_group = false;         ///< of Scan::groups, not Scan::commands
  };

  // The text.
  [[nodiscard]] bool done() const { return at_ >= symbols_.size(); }
  [[nodiscard]] bool next_is(char c, std::size_t ahead = 0) const {
    return at_ + ahead < symbols_.size() && symbols_[at_ + ahead].is(c);
  }
  [[nodiscard]] bool next_is_variable(std::size_t ahead = 0) const {
    return at_ + ahead < symbols_.size() && symbols_[at_ + ahead].is_variable();
  }
  [[nodiscard]] bool next_is_one_of(std::string_view all, std::size_t ahead = 0) const;
  [[nodiscard]] bool line_continues(std::size_t ahead = 0) const {
    return next_is('\\', ahead) && next_is('\n', ahead + 1);
  }
  void error(std::size_t at, std::string message, std::string remedy);
  /// An error unless the text holds no values.
  void differs(std::size_t at, std::string message, std::string remedy);
  /// Reads the variable at hand, which the shell reads as @p where says.
  void take_variable(Spot where);

  // Words, in scanner_words.cpp.
  [[nodiscard]] bool at_word_end() const;
  void word();
  void word_symbol();
  void begin_word();
  void end_word();
  void end_redirection_word();
  void fixed(char c);
  [[nodiscard]] bool is_assignment() const;

  // Reserved words, in scanner_reserved.cpp.
  bool take_expected(const std::string& text);
  bool take_reserved(const std::string& text);
  bool take_closing(const std::string& text);
  [[nodiscard]] bool at_command_start() const;
  void note_positional();

  // Quotes, in scanner_quotes.cpp.
  void mark_quoted();
  void backslash();
  void backslash_before_variable();
  void single_quotes();
  void double_quotes();
  void double_quoted_backslash();
  void ansi_quotes();

  // Expansions, in scanner_expansions.cpp.
  [[nodiscard]] bool too_deep();
  void dollar(Around around);
  void command_substitution(char operation, bool quoted);
  void backquotes(Around around);
  void substitution_part(std::size_t group, bool quoted, char operation);
  void note_inner(const Symbols& text, std::size_t begin, std::size_t end);
  void parameter_part(std::string name, bool quoted, char operation);

  // In scanner_arithmetic.cpp.
  void arithmetic(Arithmetic kind);
  void arithmetic_inside(Arithmetic kind);
  void arithmetic_text(Arithmetic kind, std::size_t begin);
  void take_identifier();
  [[nodiscard]] bool is_doubtful_in_arithmetic(Arithmetic kind) const;

  // ${…}, in scanner_parameters.cpp.
  void parameter(Around around);
  void parameter_inside(Around around);
  std::string parameter_name();
  void parameter_word(Around around, bool is_pattern);
  void parameter_variable(Around around, bool is_pattern, bool after_quote);
  void parameter_quotes(std::size_t begin);
  void other_parameter_operator();

  // Operators and what follows from them, in scanner_operators.cpp.
  void operator_symbol();
  void note_cut_word();
  void ampersand();
  void bar();
  void semicolon();
  void redirect();
  void open_parenthesis();
  bool close_parenthesis(bool until_parenthesis);
  void comment();
  void newline();
  void end_command(bool piped = false);
  void take_group_redirections(Group& group);
  [[nodiscard]] bool begins_array() const;
  [[nodiscard]] bool in_array() const { return !open_.empty() && open_.back() == Open::array; }
  void function_name();

  // Groups, in scanner_groups.cpp.
  InPipeline new_place(bool is_group, std::size_t index);
  void open_group();
  void close_group();
  std::size_t substitution_group();

  // Here-documents, in scanner_here_documents.cpp.
  void take_delimiter();
  void read_here_documents();
  void read_here_document(const HereDocument& document);
  void here_document_text();
  void quoted_document();
  bool read_here_document_line(const HereDocument& document, Symbols& body, bool continues);

  const Symbols& symbols_;
  Scan& scan_;
  int depth_;
  bool in_arithmetic_;
  std::size_t at_ = 0;

  SimpleCommand command_;
  ScannedWord word_;
  bool in_word_ = false;
  std::size_t word_end_ = 0;       ///< behind the last word of command_
  std::size_t unquoted_size_ = 0;  ///< of a quoted word: how much of it stands before the quotes
  int patterns_ = 0;               ///< how many patterns of ${x#pattern} this spot is in
  Redirection redirection_ = Redirection::none;
  Expect expect_ = Expect::nothing;
  bool after_compound_ = false;      ///< behind fi, done, }, ): only redirections belong to it
  int descriptor_ = -1;              ///< the number in front of the redirection at hand
  bool is_input_ = false;            ///< the redirection at hand is '<'
  bool is_descriptor_ = false;       ///< the redirection at hand is ">&" or "<&"
  std::vector<std::size_t> groups_;  ///< those that are open, the innermost last
  std::optional<std::size_t> last_group_;  ///< the one that was closed last, while after_compound_
  std::optional<std::string> function_;    ///< the function whose body comes next
  bool in_double_brackets_ = false;
  std::vector<HereDocument> here_documents_;
  std::vector<Open> open_;
  std::optional<std::size_t> pipeline_;            ///< of the command before a '|'
  std::size_t last_pipeline_ = InPipeline::kNone;  ///< of the command that was taken last
  std::optional<std::size_t> append_at_;
};

}  // namespace kamexec::command

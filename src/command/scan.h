// SPDX-License-Identifier: GPL-2.0-or-later
// What the scanner finds out of shell text: the context of every variable, the words of every
// simple command, and what else decides how the text is run.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "command/prepared_command.h"
#include "command/symbols.h"

namespace kamexec {

/// How the shell reads the spot where a variable stands (POSIX XCU 2.2).
enum class Spot {
  unquoted,
  double_quoted,  ///< also the body of a here-document, where the same expansions hold
  single_quoted,
  comment,
};

/// One word of a simple command with its quotes resolved.
struct ScannedWord {
  std::vector<WordPiece> pieces;
  std::vector<int> inner;      ///< values that stand in its command substitutions
  bool has_expansion = false;  ///< the shell adds something of its own: not known before it runs
  bool has_pattern = false;    ///< an unquoted glob or brace: may become other words
  bool is_quoted = false;      ///< some of it was quoted: no reserved word
  std::uint32_t origin = 0;

  /// The word, where it is fixed text alone; else empty.
  [[nodiscard]] std::string fixed() const;
  /// Its fixed text, whatever else is in it.
  [[nodiscard]] std::string literal() const;
  [[nodiscard]] bool has_value() const;
  [[nodiscard]] bool begins_with_value() const;
  /// The first value in it or in its substitutions; -1: none takes part.
  [[nodiscard]] int any_value() const;
};

struct SimpleCommand {
  std::vector<ScannedWord> words;
  std::vector<ScannedWord> assignments;  ///< NAME=… in front of the words
  std::vector<ScannedWord> files;        ///< where it is redirected to or from
  std::vector<int> input;                ///< values in its here-documents and here-strings
  std::size_t pipeline = 0;              ///< commands joined by '|' share a number
  bool in_double_brackets = false;       ///< a condition of [[ ]]
};

/// An unquoted '&' or ';' in the middle of what looks like one word: a URL's query, a URI's
/// parameters.
struct CutWord {
  std::uint32_t origin = 0;  ///< of the sign
  char sign = '&';
  std::string before;  ///< fixed text of the word that it ends
  std::string after;   ///< of what follows: "b=", or empty: a value
};

/// Something that makes the text impossible to prepare.
struct ScanError {
  std::uint32_t origin = 0;
  int variable = -1;  ///< number of the variable it is about, -1: none
  /// Shells read the spot differently, which only matters where the text holds values.
  bool about_values = false;
  std::string message;
  std::string remedy;
};

struct Scan {
  static constexpr std::size_t kMostErrors = 16;

  std::vector<Spot> spots;  ///< one for each variable
  std::vector<SimpleCommand> commands;
  std::size_t pipelines = 0;  ///< how many numbers are given
  /// One simple command of plain words: nothing in it that a shell would be needed for.
  bool is_plain = true;
  bool has_background_job = false;
  /// The text changes or uses the shell's own $1, $@ …: values need names of their own.
  bool uses_positional = false;
  /// The text computes: shells run commands that a variable's value holds when they compute with
  /// it.
  bool computes = false;
  /// The symbol in front of which one more word would be the last argument of the last command.
  std::optional<std::size_t> append_at;
  /// The first of them, kMostErrors at most.
  std::vector<ScanError> errors;
  std::vector<CutWord> cut_words;  ///< kMostErrors at most
};

/// Scans @p symbols as the text of `sh -c`. Never fails but by errors in the result; linear in the
/// size but for nesting, which is bounded.
[[nodiscard]] Scan scan(const Symbols& symbols, std::size_t variables);

}  // namespace kamexec

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

namespace kamexec::command {

/// How the shell reads the spot where a variable stands (POSIX XCU 2.2).
enum class Spot {
  unquoted,
  double_quoted,  ///< also the body of a here-document, where the same expansions hold
  single_quoted,
  comment,
};

/// A piece of a word: fixed bytes, a value, or what the shell puts there itself.
struct WordPart {
  enum class Kind { fixed, value, parameter, substitution };
  Kind kind = Kind::fixed;
  bool quoted = false;  ///< of what the shell puts there: it isn't split into words
  /// Of a parameter: what stands behind its name in ${ }, of ${x@P} 'P'; else 'L' of ${#x}, '!' of
  /// ${!x}; 0: nothing. Of a substitution: '$', '<' or '>' before its parenthesis.
  char operation = 0;
  int value = -1;         ///< index of the value
  std::size_t group = 0;  ///< of a substitution: its commands, as index in Scan::groups
  std::string text;       ///< fixed bytes, or the parameter's name
};

/// One word of a simple command with its quotes resolved.
struct ScannedWord {
  std::vector<WordPart> parts;
  std::vector<int> inner;      ///< values that stand in its command substitutions
  bool has_expansion = false;  ///< the shell adds something of its own: not known before it runs
  bool has_pattern = false;    ///< an unquoted glob or brace: may become other words
  bool is_quoted = false;      ///< some of it was quoted: no reserved word
  std::uint32_t origin = 0;

  /// The word, where it is fixed text alone; else empty.
  [[nodiscard]] std::string fixed() const;
  /// Its fixed text, whatever else is in it.
  [[nodiscard]] std::string literal() const;
  /// The fixed text that it begins with; empty: it begins otherwise.
  [[nodiscard]] std::string beginning() const;
  [[nodiscard]] bool has_value() const;
  [[nodiscard]] bool begins_with_value() const;
  /// The first value in it or in its substitutions; -1: none takes part.
  [[nodiscard]] int any_value() const;
};

/// A file that a command is redirected to or from.
struct Redirected {
  ScannedWord file;
  bool is_input = false;
  bool is_descriptor = false;  ///< ">&2": the word is the number of another
  int descriptor = -1;         ///< as written in front; -1: the usual one
};

/// Where a command or a group stands: in a group, as part of a pipeline.
struct InPipeline {
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  std::size_t group = kNone;     ///< index in Scan::groups
  std::size_t pipeline = kNone;  ///< index in Scan::pipelines
  std::size_t position = 0;      ///< in that pipeline, from 0
};

struct SimpleCommand {
  std::vector<ScannedWord> words;
  std::vector<ScannedWord> assignments;  ///< NAME=… in front of the words
  std::vector<ScannedWord> elements;     ///< of arrays among both, NAME=( )
  std::vector<Redirected> files;         ///< where it is redirected to or from
  std::vector<ScannedWord> input;        ///< its here-documents and here-strings
  InPipeline place;
  bool in_double_brackets = false;  ///< a condition of [[ ]]
  bool is_loop_head = false;        ///< words are: for NAME [in WORDS]
};

/// Commands that belong together: those of a compound command, a function, a substitution.
struct Group {
  enum class Kind { text, compound, substitution };
  Kind kind = Kind::text;
  InPipeline place;  ///< of a substitution and a function's body the group alone
  std::string function;
  std::vector<Redirected> files;
  std::vector<ScannedWord> input;
};

/// One part of a pipeline: a simple command or a group.
struct PipelinePart {
  bool is_group = false;
  std::size_t index = 0;
};

/// What the shell computes with: $(( )), (( )), ${x:n}. Identifiers are parameters of it.
struct Computation {
  std::uint32_t origin = 0;
  std::vector<WordPart> parts;
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
  bool computes = false;  ///< the shell computes with the variable, which does no harm to a number
  std::string message;
  std::string remedy;
};

struct Scan {
  static constexpr std::size_t kMostErrors = 16;

  std::vector<Spot> spots;  ///< one for each variable
  std::size_t size = 0;     ///< symbols of the text
  std::vector<SimpleCommand> commands;
  /// The first is the whole text; a group stands behind the one around it.
  std::vector<Group> groups;
  std::vector<std::vector<PipelinePart>> pipelines;  ///< parts joined by '|', in order
  std::vector<Computation> computations;
  std::vector<std::string> comments;  ///< each without its '#'; variables left out
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

}  // namespace kamexec::command

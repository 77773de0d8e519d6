// SPDX-License-Identifier: GPL-2.0-or-later
// What is known while values are followed. Used by taint*.cpp, program_options.cpp and
// interpreter_code.cpp alone.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "command/interpreted.h"
#include "command/known_programs.h"
#include "command/prepare_options.h"
#include "command/scan.h"

namespace kamexec::command::taint {

/// The number of a trace; kClean: nothing of a caller's.
using Taint = int;
constexpr Taint kClean = -1;

/// Passes over a text until nothing new is found; past these all shell variables count as a
/// caller's.
constexpr int kMostPasses = 12;
/// Texts in texts: sh -c 'sh -c "…"'.
constexpr int kDeepest = 4;
constexpr std::size_t kMostNested = 64;
/// Commands in front of commands: env nice env …
constexpr int kMostWrappers = 24;

/// Steps of work: of finding something by its name.
constexpr std::size_t kLookUp = 4;

/// The ways that values take, each a step behind another.
class Traces {
 public:
  Taint source(std::string name, int variable);
  Taint step(Taint from, const std::string& name);
  /// "$rU -> n -> sh -c"; the middle is left out where it is long.
  [[nodiscard]] std::string way(Taint taint, const std::string& sink) const;
  [[nodiscard]] const std::string& source_of(Taint taint) const;
  [[nodiscard]] int variable_of(Taint taint) const;

 private:
  struct Trace {
    Taint from = kClean;
    std::string name;
    int variable = -1;
    Taint first = kClean;  ///< where its way begins
  };
  [[nodiscard]] const Trace& first(Taint taint) const;

  std::vector<Trace> all_;
};

/// One word of a command, with what is known of it.
struct Argument {
  std::string literal;    ///< its fixed text, whatever else is in it
  std::string beginning;  ///< the fixed text that it begins with
  std::string key;        ///< as a file's name: expansions by their names
  bool is_fixed = false;
  bool is_pattern = false;
  bool begins_tainted = false;
  bool splits = false;  ///< may become none or several words
  bool is_appended = false;
  Taint taint = kClean;
  std::uint32_t origin = 0;
  const ScannedWord* word = nullptr;
};
using Arguments = std::vector<Argument>;

struct Text;

/// What all texts of one analysis share. Grows only: a variable that was a caller's once stays so.
struct State {
  State(const PrepareOptions& prepare_options, int appended_value)
      : options(prepare_options), appended(appended_value) {}

  const PrepareOptions& options;
  int appended = -1;  ///< the value that is the R-URI; -1: none
  Traces traces;
  std::vector<Taint> values;  ///< of the template's variables
  std::map<std::string, Taint> variables;
  std::map<std::string, Taint> files;                      ///< by the last part of their names
  std::map<std::string, std::set<std::string>> constants;  ///< fixed texts that variables hold
  std::map<std::string, std::pair<Text*, std::size_t>> functions;  ///< their text and group
  std::set<std::string> exported;
  std::set<std::string> integers;
  std::map<int, std::string> descriptors;  ///< exec 3>FILE
  std::unordered_map<std::string, const KnownProgram*> known;
  Taint environment = kClean;
  Taint first_variable = kClean;  ///< of the shell's, any
  Taint directory = kClean;       ///< the current one was chosen by a caller
  Taint anything = kClean;        ///< where the passes didn't come to an end
  std::size_t nested = 0;
  std::size_t steps = 0;  ///< the work that was done
  bool changed = false;
  bool reports = false;
  std::vector<Interpreted> found;

  /// Notes work that is done next. False: there was too much of it. What is found then doesn't
  /// count any more, so that the caller only has to come to an end.
  [[nodiscard]] bool spend(std::size_t more) {
    steps = more > kMostSteps - std::min(steps, kMostSteps) ? kMostSteps + 1 : steps + more;
    return !is_spent();
  }
  [[nodiscard]] bool is_spent() const { return steps > kMostSteps; }

  void mark(Taint& place, Taint taint);
  /// A step of that name, where the place is clean so far.
  void mark_step(Taint& place, Taint taint, const std::string& name);
  void mark_variable(const std::string& name, Taint taint);
  void mark_file(const std::string& name, Taint taint);
  [[nodiscard]] Taint file(const std::string& name) const;
  [[nodiscard]] Taint any_variable() const;
  [[nodiscard]] const KnownProgram* program(const std::string& name);
};

/// One text under analysis: the whole, or code within it.
struct Text {
  const Scan& scan;
  int depth = 0;
  std::uint32_t origin = 0;  ///< of nested text: where it stands
  Taint positional = kClean;
  Taint input = kClean;
  std::vector<Taint> group_input;
  std::vector<Taint> group_output;
  std::vector<Taint> command_output;
  struct Nested;
  std::map<std::string, std::unique_ptr<Nested>> nested;

  Text(const Scan& scanned, int how_deep);
};
struct Text::Nested {
  Scan scan;
  Text text;
  explicit Nested(Scan scanned, int depth) : scan(std::move(scanned)), text(scan, depth) {}
};

/// Goes over @p text once.
void follow(State& state, Text& text);

/// The commands of one text.
class Follower {
 public:
  Follower(State& state, Text& text) : state_(state), text_(text) {}
  void all();

 private:
  // What words hold, in taint_words.cpp.
  [[nodiscard]] Taint of_part(const WordPart& part) const;
  [[nodiscard]] Taint of_parameter(const std::string& name) const;
  [[nodiscard]] Taint of_word(const ScannedWord& word) const;
  [[nodiscard]] Argument argument_of(const ScannedWord& word) const;
  [[nodiscard]] std::string text_of(const ScannedWord& word) const;
  [[nodiscard]] std::vector<std::string> possible_texts(const ScannedWord& word) const;
  void note_expansions(const ScannedWord& word, Taint input);

  // Commands, in taint_flow.cpp.
  void group_inputs();
  void group_outputs();
  void command(std::size_t index);
  [[nodiscard]] Taint input_of(const SimpleCommand& command) const;
  [[nodiscard]] Taint input_of(const std::vector<Redirected>& files,
                               const std::vector<ScannedWord>& input,
                               const InPipeline& place) const;
  [[nodiscard]] Taint before(const InPipeline& place) const;
  [[nodiscard]] Taint of_file(const ScannedWord& word) const;
  /// Writes @p output where it is redirected to; what is left goes on.
  Taint redirected(const std::vector<Redirected>& files, Taint output, bool is_exec);
  void note_constant(const std::string& name, const std::string& text);
  void set_variable(const std::string& name, Taint taint, std::uint32_t origin);
  void assign(const ScannedWord& word, bool exports);
  void loop_head(const SimpleCommand& command);
  void computations();

  // Programs, in taint_programs.cpp; the shell's own commands in taint_builtins.cpp.
  Taint run(const Arguments& args, Taint input, int wrappers);
  Taint run_unknown_name(const Arguments& args, Taint input, int wrappers);
  bool builtin(const std::string& name, const Arguments& args, Taint input);
  void declaration(const Arguments& args, bool exports);
  void read_builtin(const Arguments& args, Taint input);
  Taint call_function(const std::string& name, const Arguments& args, Taint input);
  void touch_files(const std::string& name, const Arguments& args, Taint input);
  [[nodiscard]] Taint output_of(const std::string& name, const Arguments& args, Taint input);
  [[nodiscard]] Taint of_exported();

  // Programs of the table, in taint_arguments.cpp; those that run others in taint_wrappers.cpp.
  struct Reading;
  Taint run_known(const KnownProgram& known, const Arguments& args, Taint input, int wrappers);
  void option(Reading& reading);
  bool operand(Reading& reading);
  void script(Reading& reading, const Argument& arg, const std::string& label);
  void code(Reading& reading, const Argument& arg, const std::string& label, std::size_t next);
  [[nodiscard]] Taint given_to(const Reading& reading, const std::string& code, Taint data);
  void fixed_code(Reading& reading, const std::string& code, const Argument& at, Taint data);
  void joined_code(Reading& reading, std::size_t from);
  void input_code(Reading& reading);
  Taint find_commands(const Arguments& args, Taint input, int wrappers);
  Taint xargs(Reading& reading);
  Taint any_command(Reading& reading);
  void nested(const std::string& code, std::uint32_t origin, Taint data, Taint input,
              bool own_frame);

  // What is told.
  void report(Taint taint, std::uint32_t origin, const std::string& sink, const std::string& what,
              const std::string& program, std::string_view remedy);

  State& state_;
  Text& text_;
  const SimpleCommand* command_ = nullptr;
};

/// The last part of a file's name.
[[nodiscard]] std::string file_key(const std::string& name);
[[nodiscard]] inline Taint either(Taint one, Taint other) {
  return one != kClean ? one : other;
}
[[nodiscard]] Taint any_of(const Arguments& args, std::size_t from);
/// Whether a word behind the first has this letter as an option: -l, -xl.
[[nodiscard]] bool has_option(const Arguments& args, char letter);

}  // namespace kamexec::command::taint

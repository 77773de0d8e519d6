// SPDX-License-Identifier: GPL-2.0-or-later
#include "command/risks.h"

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <string_view>

#include "command/interpreters.h"
#include "command/symbols.h"

namespace kamexec {
namespace {

using Words = std::span<const ScannedWord>;

/// Words at the start of loops and cases, and programs that take no options or only before a word
/// that is there already.
constexpr auto kNoOptions =
    std::to_array<std::string_view>({"for", "case", "select", "test", "[", "[[", ":", "true",
                                     "false", "return", "exit", "in", "shift", "break"});
/// Shell commands whose argument is a number, which ksh and its kin compute.
constexpr auto kNumbers =
    std::to_array<std::string_view>({"shift", "exit", "return", "break", "continue", "ulimit"});
/// Comparisons of numbers, which ksh and its kin compute.
constexpr auto kNumeric =
    std::to_array<std::string_view>({"-eq", "-ne", "-lt", "-le", "-gt", "-ge"});
/// Variables that decide what programs run or load, or how the shell reads.
constexpr auto kDecisive = std::to_array<std::string_view>(
    {"PATH", "IFS", "ENV", "BASH_ENV", "PS4", "SHELLOPTS", "LD_PRELOAD", "LD_LIBRARY_PATH",
     "LD_AUDIT", "PYTHONPATH", "PYTHONSTARTUP", "PERL5LIB", "PERL5OPT", "RUBYOPT", "NODE_OPTIONS",
     "LUA_PATH", "LUA_INIT", "GCONV_PATH"});

template <std::size_t N>
bool one_of(std::string_view text, const std::array<std::string_view, N>& all) {
  return std::find(all.begin(), all.end(), text) != all.end();
}

bool is_option(const ScannedWord& word) {
  return !word.begins_with_value() && word.literal().substr(0, 1) == "-";
}

/// The words from each place where a command could begin: at the first word and, behind sudo, env
/// and the like, at every other one.
std::vector<Words> commands_in(Words words) {
  std::vector<Words> all = {words};
  if (is_wrapper(words[0].fixed())) {
    for (std::size_t i = 1; i < words.size(); ++i) {
      const std::string name = words[i].fixed();
      if (interpreter(name) != nullptr || parses_arguments(name) || runs_remotely(name)) {
        all.push_back(words.subspan(i));
      }
    }
  }
  return all;
}

/// Whether @p word is an option that text to run follows, or that has it in it.
bool is_text_option(const Interpreter& known, const ScannedWord& word) {
  if (word.pieces.empty() || word.begins_with_value()) {
    return false;
  }
  const std::string& text = word.pieces.front().text;
  if (!known.long_option.empty() && text.starts_with(known.long_option)) {
    return true;
  }
  return text.size() > 1 && text[0] == '-' && text[1] != '-' &&
         (known.letters.find(text[1]) != std::string_view::npos ||
          known.letters.find(text.back()) != std::string_view::npos);
}

class Risks {
 public:
  Risks(const CommandTemplate& parts, const Scan& scan, const PrepareOptions& options, int appended)
      : parts_(parts), scan_(scan), options_(options), appended_(appended) {
    told_.resize(scan.spots.size());
    runs_text_ = std::any_of(scan.commands.begin(), scan.commands.end(), runs_expanded_text);
  }

  /// What could be run as a program or a part of one.
  void look_for_programs(const SimpleCommand& command) {
    for (const ScannedWord& assignment : command.assignments) {
      look_at_assignment(assignment);
    }
    if (command.words.empty()) {
      return;
    }
    add(command.words[0], "names the program to run", "write the program's name into the text");
    for (const Words& words : commands_in(command.words)) {
      look_for_parsing(words);
      look_for_text(words);
      look_for_input(command, words);
    }
  }

  /// What could be taken for something else than data.
  void look_for_mistakes(const SimpleCommand& command) {
    for (const ScannedWord& file : command.files) {
      add(file, "names the file of a redirection",
          "a caller may send '/' and '..': check it before the call");
    }
    if (!command.words.empty()) {
      look_for_numbers(command.words);
      look_for_format(command.words);
      look_for_options(commands_in(command.words).back());
    }
  }

  [[nodiscard]] std::vector<Finding> take() { return std::move(findings_); }

 private:
  /// eval "$x": text that only the shell knows.
  static bool runs_expanded_text(const SimpleCommand& command) {
    if (command.words.empty()) {
      return false;
    }
    const std::string name = command.words[0].fixed();
    const bool has_expansion = std::any_of(command.words.begin(), command.words.end(),
                                           [](const auto& word) { return word.has_expansion; });
    return has_expansion && (parses_arguments(name) || runs_remotely(name));
  }

  void look_at_assignment(const ScannedWord& word) {
    const std::string text = word.literal();
    if (one_of(text.substr(0, text.find_first_of("+=")), kDecisive)) {
      add(word, "decides what programs are run or loaded", "keep this variable fixed");
    }
    look_at_stored(word);
  }

  void look_at_stored(const ScannedWord& word) {
    if (scan_.computes) {
      add(word,
          "is put into a shell variable, and the text computes with shell variables: shells "
          "run commands that such a value holds",
          "check that it is a number first, or compute with the server's own operators");
    } else if (runs_text_) {
      add(word, "is put into a shell variable, and the text has shell variables run as commands",
          "do without eval, sh -c and the like");
    }
  }

  void look_for_parsing(Words words) {
    const std::string name = words[0].fixed();
    const bool remote = runs_remotely(name);
    if (!remote && !parses_arguments(name)) {
      return;
    }
    for (const ScannedWord& word : words.subspan(1)) {
      add(word, "is parsed once more by " + name + ": what a caller sends could be run",
          remote ? "send it on the standard input of a program there, not as an argument"
                 : "do without " + name);
    }
  }

  void look_for_text(Words words) {
    const std::string name = words[0].fixed();
    const Interpreter* known = interpreter(name);
    if (known == nullptr) {
      return;
    }
    unsigned operands = 0;
    bool has_text = false;
    for (std::size_t i = 1; i < words.size(); ++i) {
      bool is_text = false;
      if (is_text_option(*known, words[i])) {
        has_text = true;
        is_text = words[i].any_value() >= 0;
        if (!is_text && words[i].literal().find('=') == std::string::npos) {
          is_text = ++i < words.size();
        }
      } else if (is_option(words[i])) {
        i += one_of(words[i].fixed(), known->other_options) ? known->words_of_other_options : 0;
      } else {
        is_text = !has_text && ++operands == known->text_operand;
      }
      if (is_text) {
        add(words[i], "stands in a text that " + name + " parses: what a caller sends could be run",
            "hand it over as an argument behind the text, or in the environment");
      }
    }
  }

  /// `… | sh`, and here-documents.
  void look_for_input(const SimpleCommand& command, Words words) {
    const std::string name = words[0].fixed();
    const Interpreter* known = interpreter(name);
    if (known == nullptr || known->operands_with_input < 0) {
      return;
    }
    int operands = 0;
    for (std::size_t i = 1; i < words.size(); ++i) {
      if (is_text_option(*known, words[i])) {
        return;
      }
      const bool takes_words = one_of(words[i].fixed(), known->other_options);
      operands += is_option(words[i]) ? 0 : 1;
      i += is_option(words[i]) && takes_words ? known->words_of_other_options : 0;
    }
    if (operands > known->operands_with_input) {
      return;
    }
    const std::string what = "is part of what " + name + " reads and runs";
    const std::string remedy = "write a program that reads it as data";
    for (const int variable : command.input) {
      add(words[0], variable, what, remedy);
    }
    for (const SimpleCommand& other : scan_.commands) {
      if (&other == &command) {
        break;
      }
      if (other.pipeline == command.pipeline) {
        for (const ScannedWord& word : other.words) {
          add(word, what, remedy);
        }
        for (const int variable : other.input) {
          add(words[0], variable, what, remedy);
        }
      }
    }
  }

  void look_for_numbers(Words words) {
    const std::string name = words[0].fixed();
    const std::string what = "is taken for a number, which ksh and its kin compute";
    const std::string remedy = "check that it is a number first";
    if (one_of(name, kNumbers) && words.size() > 1) {
      add(words[1], what, remedy);
    }
    for (std::size_t i = 1; i + 1 < words.size(); ++i) {
      if ((name == "test" || name == "[") && one_of(words[i].fixed(), kNumeric)) {
        add(words[i - 1], what, remedy);
        add(words[i + 1], what, remedy);
      }
    }
    if (name == "for" || name == "in" || name == "set") {
      for (const ScannedWord& word : words) {
        look_at_stored(word);
      }
    }
  }

  void look_for_format(Words words) {
    if (words[0].fixed() == "printf" && words.size() > 1) {
      add(words[1], "is part of printf's format, where '%' and '\\' have a meaning",
          "write %s there, and the value as an argument behind it");
    }
  }

  void look_for_options(Words words) {
    const std::string name = words[0].fixed();
    if (one_of(name, kNoOptions)) {
      return;
    }
    for (std::size_t i = 1; i < words.size() && words[i].fixed() != "--"; ++i) {
      if (!words[i].begins_with_value() || name == "printf") {
        continue;
      }
      const int variable = words[i].pieces.front().value;
      if (variable == appended_ || is_told(variable) ||
          (options_.never_an_option != nullptr &&
           options_.never_an_option(variable_name(parts_, static_cast<std::size_t>(variable))))) {
        continue;
      }
      add(words[i], variable,
          "may be read as an option by " + (name.empty() ? std::string("the program") : name) +
              " if it begins with '-'",
          "put -- before it where the program takes that");
    }
  }

  [[nodiscard]] bool is_told(int variable) const {
    return told_[static_cast<std::size_t>(variable)];
  }

  void add(const ScannedWord& word, const std::string& what, const std::string& remedy) {
    for (const WordPiece& piece : word.pieces) {
      if (piece.value != WordPiece::kFixed) {
        add(word, piece.value, what, remedy);
      }
    }
    for (const int variable : word.inner) {
      add(word, variable, what, remedy);
    }
  }

  void add(const ScannedWord& word, int variable, const std::string& what,
           const std::string& remedy) {
    if (is_told(variable) || findings_.size() >= Scan::kMostErrors) {
      return;
    }
    told_[static_cast<std::size_t>(variable)] = true;
    const TextPlace place = place_of(parts_, word.origin);
    Finding finding;
    finding.severity = Finding::Severity::warning;
    finding.line = place.line;
    finding.column = place.column;
    finding.message = variable_name(parts_, static_cast<std::size_t>(variable)) + " " + what;
    finding.remedy = remedy;
    findings_.push_back(std::move(finding));
  }

  const CommandTemplate& parts_;
  const Scan& scan_;
  const PrepareOptions& options_;
  int appended_;
  bool runs_text_ = false;
  std::vector<Finding> findings_;
  std::vector<bool> told_;  ///< by variable: one warning for a value, the first is the worst
};

}  // namespace

std::vector<Finding> find_risks(const CommandTemplate& parts, const Scan& scan,
                                const PrepareOptions& options, int appended) {
  Risks risks(parts, scan, options, appended);
  for (const SimpleCommand& command : scan.commands) {
    risks.look_for_programs(command);
  }
  for (const SimpleCommand& command : scan.commands) {
    risks.look_for_mistakes(command);
  }
  return risks.take();
}

}  // namespace kamexec

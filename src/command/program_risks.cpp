// SPDX-License-Identifier: GPL-2.0-or-later
// Values that could be run: as a program, or as a part of a text that some program parses.
#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

#include "command/interpreters.h"
#include "command/risks.h"

namespace kamexec {
namespace {

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

class ProgramRisks {
 public:
  ProgramRisks(const Scan& scan, Warnings& warnings) : scan_(scan), warnings_(warnings) {
    runs_text_ = std::any_of(scan.commands.begin(), scan.commands.end(), runs_expanded_text);
  }

  void look_at(const SimpleCommand& command) {
    for (const ScannedWord& assignment : command.assignments) {
      look_at_assignment(assignment);
    }
    if (command.words.empty()) {
      return;
    }
    warnings_.add(command.words[0], "names the program to run",
                  "write the program's name into the text");
    for (const Words& words : commands_in(command.words)) {
      look_for_parsing(words);
      look_for_text(words);
      look_for_input(command, words);
    }
    look_for_stored(command.words);
  }

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
      warnings_.add(word, "decides what programs are run or loaded", "keep this variable fixed");
    }
    look_at_stored(word);
  }

  void look_at_stored(const ScannedWord& word) {
    if (scan_.computes) {
      warnings_.add(
          word,
          "is put into a shell variable, and the text computes with shell variables: shells "
          "run commands that such a value holds",
          "check that it is a number first, or compute with the server's own operators");
    } else if (runs_text_) {
      warnings_.add(
          word, "is put into a shell variable, and the text has shell variables run as commands",
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
      warnings_.add(word, "is parsed once more by " + name + ": what a caller sends could be run",
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
        warnings_.add(words[i],
                      "stands in a text that " + name + " parses: what a caller sends could be run",
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
      warnings_.add(words[0], variable, what, remedy);
    }
    // Those before it in the pipeline; between them stand those of their substitutions.
    constexpr std::ptrdiff_t kMost = 64;
    const SimpleCommand* const first = &command - std::min(kMost, &command - scan_.commands.data());
    for (const SimpleCommand* other = &command; other > first;) {
      --other;
      if (other->pipeline < command.pipeline) {
        break;
      }
      if (other->pipeline == command.pipeline) {
        add_all(*other, words[0], what, remedy);
      }
    }
  }

  /// Of all that @p writer prints or is given; the place of what is given is that of @p reader.
  void add_all(const SimpleCommand& writer, const ScannedWord& reader, const std::string& what,
               const std::string& remedy) {
    for (const ScannedWord& word : writer.words) {
      warnings_.add(word, what, remedy);
    }
    for (const int variable : writer.input) {
      warnings_.add(reader, variable, what, remedy);
    }
  }

  /// `for x in VALUE`, `set -- VALUE`.
  void look_for_stored(Words words) {
    const std::string name = words[0].fixed();
    if (name == "for" || name == "in" || name == "set") {
      for (const ScannedWord& word : words) {
        look_at_stored(word);
      }
    }
  }

  const Scan& scan_;
  Warnings& warnings_;
  bool runs_text_ = false;
};

}  // namespace

void find_program_risks(const Scan& scan, Warnings& warnings) {
  ProgramRisks risks(scan, warnings);
  for (const SimpleCommand& command : scan.commands) {
    risks.look_at(command);
  }
}

}  // namespace kamexec

// SPDX-License-Identifier: GPL-2.0-or-later
// Values that could be taken for something else than data: a file, a number, an option.
#include <algorithm>
#include <array>
#include <string_view>

#include "command/known_programs.h"
#include "command/word_risks.h"

namespace kamexec::command {
namespace {

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
template <std::size_t N>
bool one_of(std::string_view text, const std::array<std::string_view, N>& all) {
  return std::find(all.begin(), all.end(), text) != all.end();
}

/// Programs that take a word with a path in it for nothing but text.
constexpr auto kTexts = std::to_array<std::string_view>(
    {"echo", "printf", "logger", "expr", "case", "for", "select", "test", "[", "[[", "grep"});

/// Options of curl whose value, or what stands behind its '=', names a file where it begins so.
struct FileOption {
  std::string_view names;
  std::string_view instead;
};
constexpr auto kFileOptions = std::to_array<FileOption>(
    {{"-F --form", "--form-string"},
     {"-d --data --data-binary --data-ascii", "--data-raw, or fixed text in front of it"},
     {"-H --header", "fixed text in front of it"},
     {"-b --cookie", "fixed text in front of it"}});

/// grep -e VALUE, grep -ne VALUE: what stands behind is no option.
bool takes_next_word(const KnownProgram& known, const std::string& option) {
  if (lists(known.values, option)) {
    return true;
  }
  if (option.size() < 3 || option[0] != '-' || option[1] == '-') {
    return false;
  }
  for (std::size_t i = 1; i + 1 < option.size(); ++i) {
    if (lists(known.values, std::string{'-', option[i]})) {
      return false;  // the rest of the word is its value
    }
  }
  return lists(known.values, std::string{'-', option.back()});
}

class WordRisks {
 public:
  WordRisks(const PrepareOptions& options, int appended, Warnings& warnings)
      : options_(options), appended_(appended), warnings_(warnings) {}

  void look_at(const SimpleCommand& command) {
    for (const Redirected& redirected : command.files) {
      warnings_.add(redirected.file, "names the file of a redirection",
                    "a caller may send '/' and '..': check the value before the call");
    }
    if (!command.words.empty()) {
      look_for_numbers(command.words);
      look_for_format(command.words);
      const Words innermost = commands_in(command.words).back();
      look_for_options(innermost);
      look_for_files(innermost);
    }
  }

 private:
  [[nodiscard]] ValueFacts facts(int variable) const {
    return options_.facts(warnings_.name(variable));
  }

  void add_number(const ScannedWord& word) {
    for (const WordPart& part : word.parts) {
      if (part.value >= 0 && !facts(part.value).is_number) {
        warnings_.add(word, part.value,
                      "is read as a number, which ksh and related shells evaluate",
                      "check that it is a number first");
      }
    }
  }

  void look_for_numbers(Words words) {
    const std::string name = words[0].fixed();
    if (one_of(name, kNumbers) && words.size() > 1) {
      add_number(words[1]);
    }
    for (std::size_t i = 1; i + 1 < words.size(); ++i) {
      if ((name == "test" || name == "[") && one_of(words[i].fixed(), kNumeric)) {
        add_number(words[i - 1]);
        add_number(words[i + 1]);
      }
    }
  }

  void look_for_format(Words words) {
    if (words[0].fixed() != "printf") {
      return;
    }
    const std::size_t format = words.size() > 1 && words[1].fixed() == "--" ? 2 : 1;
    if (words.size() > format) {
      warnings_.add(words[format], "is part of printf's format, where '%' and '\\' have a meaning",
                    "write %s there, and the value as an argument after it");
    }
  }

  void look_for_options(Words words) {
    const std::string name = words[0].fixed();
    if (one_of(name, kNoOptions)) {
      return;
    }
    const KnownProgram* known = known_program(name);
    const bool is_shell = known != nullptr && !known->first_code.empty();
    const std::string by = name.empty() ? std::string("the program") : name;
    for (std::size_t i = 1; i < words.size() && words[i].fixed() != "--"; ++i) {
      if (known != nullptr && takes_next_word(*known, words[i].fixed())) {
        ++i;
        continue;
      }
      const std::string beginning = words[i].beginning();
      if (is_shell && !beginning.empty() && beginning[0] != '-') {
        return;  // its script, or text; what is behind is theirs
      }
      const bool is_rest = beginning == "-" || beginning == "--";
      const std::size_t at = is_rest ? 1 : 0;
      if ((!is_rest && !words[i].begins_with_value()) || name == "printf" ||
          words[i].parts.size() <= at || words[i].parts[at].value < 0) {
        continue;
      }
      const int variable = words[i].parts[at].value;
      if (variable == appended_ || warnings_.is_told(variable) ||
          (is_rest ? facts(variable).is_number : !facts(variable).may_be_option)) {
        continue;
      }
      if (is_rest) {
        warnings_.add(words[i], variable,
                      "becomes an option of " + by + ": the caller chooses which",
                      "write the option's letter into the text");
      } else {
        warnings_.add(words[i], variable,
                      "may be read as an option by " + by + " if it begins with '-'",
                      "put -- before it if the program accepts that");
      }
    }
  }

  /// dir/$rU; curl -F caller=$rU.
  void look_for_files(Words words) {
    const std::string name = words[0].fixed();
    const bool is_text = one_of(name, kTexts);
    const bool is_curl = name == "curl" || name.ends_with("/curl");
    for (std::size_t i = 1; i < words.size(); ++i) {
      std::string before;
      for (const WordPart& part : words[i].parts) {
        const bool is_callers = part.value >= 0 && facts(part.value).is_callers;
        if (is_callers && !is_text && before.ends_with('/') && before.find("://") == before.npos) {
          warnings_.add(words[i], part.value, "is part of a file's name",
                        "a caller may send '/' and '..': check the value before the call");
        }
        if (is_callers && is_curl && (before.empty() || before.ends_with('='))) {
          look_for_file_option(words[i], words[i - 1].fixed(), part.value);
        }
        before += part.kind == WordPart::Kind::fixed ? part.text : "x";
      }
    }
  }

  void look_for_file_option(const ScannedWord& word, const std::string& option, int variable) {
    for (const FileOption& one : kFileOptions) {
      if (lists(one.names, option)) {
        warnings_.add(word, variable,
                      "names a file that curl reads if it begins with '@' or '<' (" + option + ")",
                      "use " + std::string(one.instead));
      }
    }
  }

  const PrepareOptions& options_;
  int appended_;
  Warnings& warnings_;
};

}  // namespace

void find_word_risks(const Scan& scan, const PrepareOptions& options, int appended,
                     Warnings& warnings) {
  WordRisks risks(options, appended, warnings);
  for (const SimpleCommand& command : scan.commands) {
    risks.look_at(command);
  }
}

}  // namespace kamexec::command

// SPDX-License-Identifier: GPL-2.0-or-later
// Values that could be taken for something else than data: a file, a number, an option.
#include <algorithm>
#include <array>
#include <string_view>

#include "command/risks.h"

namespace kamexec {
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

class WordRisks {
 public:
  WordRisks(const PrepareOptions& options, int appended, Warnings& warnings)
      : options_(options), appended_(appended), warnings_(warnings) {}

  void look_at(const SimpleCommand& command) {
    for (const ScannedWord& file : command.files) {
      warnings_.add(file, "names the file of a redirection",
                    "a caller may send '/' and '..': check it before the call");
    }
    if (!command.words.empty()) {
      look_for_numbers(command.words);
      look_for_format(command.words);
      look_for_options(commands_in(command.words).back());
    }
  }

 private:
  void look_for_numbers(Words words) {
    const std::string name = words[0].fixed();
    const std::string what = "is taken for a number, which ksh and its kin compute";
    const std::string remedy = "check that it is a number first";
    if (one_of(name, kNumbers) && words.size() > 1) {
      warnings_.add(words[1], what, remedy);
    }
    for (std::size_t i = 1; i + 1 < words.size(); ++i) {
      if ((name == "test" || name == "[") && one_of(words[i].fixed(), kNumeric)) {
        warnings_.add(words[i - 1], what, remedy);
        warnings_.add(words[i + 1], what, remedy);
      }
    }
  }

  void look_for_format(Words words) {
    if (words[0].fixed() == "printf" && words.size() > 1) {
      warnings_.add(words[1], "is part of printf's format, where '%' and '\\' have a meaning",
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
      if (variable == appended_ || warnings_.is_told(variable) ||
          (options_.never_an_option != nullptr &&
           options_.never_an_option(warnings_.name(variable)))) {
        continue;
      }
      warnings_.add(words[i], variable,
                    "may be read as an option by " +
                        (name.empty() ? std::string("the program") : name) +
                        " if it begins with '-'",
                    "put -- before it where the program takes that");
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

}  // namespace kamexec

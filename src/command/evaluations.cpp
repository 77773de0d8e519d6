// SPDX-License-Identifier: GPL-2.0-or-later
#include "command/evaluations.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace kamexec::command {
namespace {

template <std::size_t N>
bool one_of(std::string_view text, const std::array<std::string_view, N>& all) {
  return std::find(all.begin(), all.end(), text) != all.end();
}

/// Commands whose words are names of variables.
constexpr auto kNames = std::to_array<std::string_view>(
    {"read", "unset", "getopts", "mapfile", "readarray", "let", "integer"});
/// Those whose words are names, or NAME=value.
constexpr auto kDeclarations = std::to_array<std::string_view>(
    {"export", "readonly", "declare", "typeset", "local", "nameref"});
/// Comparisons that compute both sides inside [[ ]].
constexpr auto kNumeric =
    std::to_array<std::string_view>({"-eq", "-ne", "-lt", "-le", "-gt", "-ge"});
/// Tests whose operand is a variable's name.
constexpr auto kNameTests = std::to_array<std::string_view>({"-v", "-R"});

bool is_name_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/// How much of @p text at its start is a name.
std::size_t name_size(std::string_view text) {
  return static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), is_name_byte) -
                                  text.begin());
}

/// "NAME=" or "NAME+=" in front of the first value: that one can't be part of the name.
bool has_fixed_name(const ScannedWord& word) {
  const std::string text = word.beginning();
  const std::string_view rest = std::string_view(text).substr(name_size(text));
  return rest.size() < text.size() && (rest.substr(0, 1) == "=" || rest.substr(0, 2) == "+=");
}

/// NAME[ of an index that goes on over blanks, which bash reads as one word.
bool opens_element(const ScannedWord& word, bool in_array) {
  const std::string first = word.beginning();
  const std::size_t bracket = name_size(first);
  return (bracket > 0 || in_array) && first.substr(bracket, 1) == "[" &&
         word.literal().find(']') == std::string::npos;
}

bool closes_element(const ScannedWord& word) {
  const std::string text = word.literal();
  return text.find("]=") != std::string::npos || text.find("]+=") != std::string::npos;
}

/// Options in one word, such as -gi.
bool has_option(const SimpleCommand& command, char option) {
  return std::any_of(command.words.begin(), command.words.end(), [option](const auto& word) {
    const std::string text = word.fixed();
    return text.size() > 1 && (text[0] == '-' || text[0] == '+') &&
           text.find(option) != std::string::npos && text.find('=') == std::string::npos;
  });
}

using IsCallers = std::function<bool(const ScannedWord&, bool computes)>;

class Evaluations {
 public:
  explicit Evaluations(const IsCallers& is_callers) : is_callers_(is_callers) {}

  void look_at(const SimpleCommand& command) {
    for (const ScannedWord& word : command.assignments) {
      check_element(word);
    }
    for (const ScannedWord& word : command.words) {
      check_element(word);
    }
    check_open_elements(command.words, false);
    check_open_elements(command.elements, true);
    std::size_t first = 0;
    while (first + 1 < command.words.size() && (command.words[first].fixed() == "command" ||
                                                command.words[first].fixed() == "builtin")) {
      ++first;
    }
    const std::string name = first < command.words.size() ? command.words[first].fixed() : "";
    check_names(command, first, name);
    const bool is_test = name == "test" || name == "[";
    if (is_test || command.in_double_brackets) {
      check_operators(command, is_test);
    }
  }

  [[nodiscard]] std::vector<Evaluation> take() { return std::move(found_); }

 private:
  void check_element(const ScannedWord& word) {
    // Where the bracket closes before the first value the index is fixed.
    if (assigns_element(word) && word.beginning().find(']') == std::string::npos) {
      add(word, "the index of an array", "is in the index of an array element", true);
    }
  }

  void check_open_elements(const std::vector<ScannedWord>& words, bool in_array) {
    constexpr std::size_t kMostWords = 64;  // of an index
    for (std::size_t i = 0; i < words.size(); ++i) {
      if (!opens_element(words[i], in_array) &&
          !(in_array && words[i].beginning().starts_with("["))) {
        continue;
      }
      std::size_t end = i;
      while (end < words.size() && end - i < kMostWords && !closes_element(words[end])) {
        ++end;
      }
      for (std::size_t inside = i; end < words.size() && inside <= end; ++inside) {
        add(words[inside], "the index of an array", "is in the index of an array element", true);
      }
      i = end < words.size() ? end : i;
    }
  }

  void check_names(const SimpleCommand& command, std::size_t first, const std::string& name) {
    const bool is_declaration = one_of(name, kDeclarations);
    const bool is_integer = is_declaration && has_option(command, 'i');
    const bool computes = is_integer || (is_declaration && has_option(command, 'n'));
    const std::string what = "is used by " + name + " as a variable's name or as a number";
    for (std::size_t i = first + 1; i < command.words.size(); ++i) {
      const ScannedWord& word = command.words[i];
      if (one_of(name, kNames)) {
        add(word, name, what, name == "let");
      } else if (is_declaration && (computes || !has_fixed_name(word))) {
        add(word, name, what, is_integer && has_fixed_name(word));
      } else if (name == "printf" && command.words[i - 1].fixed() == "-v") {
        add(word, name, "is used by printf -v as a variable's name", false);
      }
    }
    if (name == "let") {
      for (const ScannedWord& word : command.elements) {
        add(word, name, what, true);
      }
    }
  }

  void check_operators(const SimpleCommand& command, bool is_test) {
    for (std::size_t i = 0; i < command.words.size(); ++i) {
      const std::string text = command.words[i].fixed();
      const bool is_numeric = !is_test && one_of(text, kNumeric);
      const std::string what = "is evaluated by " + text + ", or names a variable";
      if (is_numeric && i > 0) {
        add(command.words[i - 1], text, what, true);
      }
      if ((is_numeric || one_of(text, kNameTests)) && i + 1 < command.words.size()) {
        add(command.words[i + 1], text, what, is_numeric);
      }
    }
  }

  void add(const ScannedWord& word, const std::string& by, const std::string& what, bool computes) {
    if (found_.size() >= Scan::kMostErrors || !is_callers_(word, computes)) {
      return;
    }
    if (!found_.empty() && found_.back().word == &word) {
      return;
    }
    found_.push_back({&word, by, "it " + what + ", and shells run commands in it (a[$(command)])",
                      "compare numbers with [ ] after a check with case, keep names fixed, or use "
                      "the server's own operators"});
  }

  const IsCallers& is_callers_;
  std::vector<Evaluation> found_;
};

}  // namespace

bool assigns_element(const ScannedWord& word) {
  const std::string first = word.beginning();
  const std::size_t bracket = name_size(first);
  if (bracket == 0 || first.substr(bracket, 1) != "[") {
    return false;
  }
  const std::string text = word.literal();
  return text.find("]=") != std::string::npos || text.find("]+=") != std::string::npos;
}

std::vector<Evaluation> find_evaluations(const Scan& scan, const IsCallers& is_callers) {
  Evaluations evaluations(is_callers);
  for (const SimpleCommand& command : scan.commands) {
    evaluations.look_at(command);
  }
  return evaluations.take();
}

}  // namespace kamexec::command

// SPDX-License-Identifier: GPL-2.0-or-later
#include "command/evaluations.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "command/symbols.h"

namespace kamexec {
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
  if (word.pieces.empty() || word.begins_with_value()) {
    return false;
  }
  const std::string& text = word.pieces.front().text;
  const std::string_view rest = std::string_view(text).substr(name_size(text));
  return rest.size() < text.size() && (rest.substr(0, 1) == "=" || rest.substr(0, 2) == "+=");
}

/// NAME[…value…]=…: an element of an array, whose index is computed.
bool assigns_element(const ScannedWord& word) {
  if (word.pieces.empty() || word.begins_with_value() || word.any_value() < 0) {
    return false;
  }
  const std::string& first = word.pieces.front().text;
  const std::size_t bracket = name_size(first);
  if (first.substr(bracket, 1) != "[" || first.find(']') != std::string::npos) {
    return false;
  }
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

class Evaluations {
 public:
  explicit Evaluations(const CommandTemplate& parts) : parts_(parts) {}

  void look_at(const SimpleCommand& command) {
    for (const ScannedWord& word : command.assignments) {
      check_element(word);
    }
    for (const ScannedWord& word : command.words) {
      check_element(word);
    }
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

  [[nodiscard]] std::vector<Finding> take() { return std::move(findings_); }

 private:
  void check_element(const ScannedWord& word) {
    if (assigns_element(word)) {
      add(word, "stands in the index of an array's element");
    }
  }

  void check_names(const SimpleCommand& command, std::size_t first, const std::string& name) {
    const bool is_declaration = one_of(name, kDeclarations);
    const bool computes = has_option(command, 'i');
    for (std::size_t i = first + 1; i < command.words.size(); ++i) {
      const ScannedWord& word = command.words[i];
      if (word.any_value() < 0) {
        continue;
      }
      if (one_of(name, kNames)) {
        add(word, "is used by " + name + " as a variable's name or to compute with");
      } else if (is_declaration && (computes || !has_fixed_name(word))) {
        add(word, "is used by " + name + " as a variable's name or to compute with");
      } else if (name == "printf" && command.words[i - 1].fixed() == "-v") {
        add(word, "is used by printf -v as a variable's name");
      }
    }
  }

  void check_operators(const SimpleCommand& command, bool is_test) {
    for (std::size_t i = 0; i < command.words.size(); ++i) {
      const std::string text = command.words[i].fixed();
      const bool is_numeric = !is_test && one_of(text, kNumeric);
      if (is_numeric && i > 0) {
        check_operand(command.words[i - 1], text);
      }
      if ((is_numeric || one_of(text, kNameTests)) && i + 1 < command.words.size()) {
        check_operand(command.words[i + 1], text);
      }
    }
  }

  void check_operand(const ScannedWord& word, const std::string& operation) {
    if (word.any_value() >= 0) {
      add(word, "is computed with by " + operation + ", or names a variable");
    }
  }

  void add(const ScannedWord& word, const std::string& what) {
    if (findings_.size() >= Scan::kMostErrors) {
      return;
    }
    const TextPlace place = place_of(parts_, word.origin);
    Finding finding;
    finding.line = place.line;
    finding.column = place.column;
    finding.message = variable_name(parts_, static_cast<std::size_t>(word.any_value())) +
                      " can't be used here: it " + what +
                      ", and shells run commands that it holds (a[$(command)])";
    finding.remedy =
        "compare numbers with [ ] after a check with case, keep names fixed, or use the server's "
        "own operators";
    findings_.push_back(std::move(finding));
  }

  const CommandTemplate& parts_;
  std::vector<Finding> findings_;
};

}  // namespace

std::vector<Finding> find_evaluations(const CommandTemplate& parts, const Scan& scan) {
  Evaluations evaluations(parts);
  for (const SimpleCommand& command : scan.commands) {
    evaluations.look_at(command);
  }
  return evaluations.take();
}

}  // namespace kamexec

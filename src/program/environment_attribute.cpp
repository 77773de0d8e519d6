// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>

#include "process/call_marker.h"
#include "program/attribute_rule.h"

namespace kamexec::program {
namespace {

bool is_letter(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
}

/// A name as POSIX has them (XBD 3.230), so that every shell can use it.
bool is_variable_name(std::string_view name) {
  return !name.empty() && is_letter(name.front()) &&
         std::all_of(name.begin(), name.end(),
                     [](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
}

Result<void> check_name(std::string_view name) {
  if (!is_variable_name(name)) {
    return failure(shown(name) +
                   " is not a variable name: write inherit, none, or names of letters, digits and "
                   "'_', and NAME=value, separated by spaces");
  }
  if (name.substr(0, 4) == "SIP_") {
    return failure(std::string(name) +
                   " could be mistaken for a variable of the request: choose another name");
  }
  if (std::string(name) + '=' == process::kCallMarkerName) {
    return failure(std::string(name) + " is reserved for kamexec: choose another name");
  }
  return {};
}

/// Which of the three ways a definition has chosen so far.
class EnvironmentReader {
 public:
  EnvironmentReader() { rule_.names.clear(); }

  Result<void> take(const std::string& word) {
    if (const std::size_t equals = word.find('='); equals != word.npos) {
      return take_assignment(word, std::string_view(word).substr(0, equals));
    }
    if (word == "inherit" || word == "none") {
      if (!way_.empty() && way_ != word) {
        return failure("inherit, none and a list of names exclude each other: write one of them");
      }
      way_ = word;
      rule_.inherit_all = word == "inherit";
      return {};
    }
    return take_names(word);
  }

  EnvironmentRule rule() && { return std::move(rule_); }

 private:
  Result<void> take_assignment(const std::string& word, std::string_view name) {
    if (auto checked = check_name(name); !checked) {
      return checked;
    }
    const auto is_same = [name](const std::string& other) {
      return std::string_view(other).substr(0, other.find('=')) == name;
    };
    if (std::any_of(rule_.assignments.begin(), rule_.assignments.end(), is_same)) {
      return failure(std::string(name) + " is given two values: remove one");
    }
    rule_.assignments.push_back(word);
    return {};
  }

  /// Commas may stand between names, as in the module's parameter of this name.
  Result<void> take_names(std::string_view list) {
    if (!way_.empty() && way_ != "names") {
      return failure("inherit, none and a list of names exclude each other: write one of them");
    }
    way_ = "names";
    for (std::size_t at = 0; at <= list.size();) {
      const std::size_t end = std::min(list.find(',', at), list.size());
      if (const std::string_view name = list.substr(at, end - at); !name.empty()) {
        if (auto checked = check_name(name); !checked) {
          return checked;
        }
        rule_.names.emplace_back(name);
      }
      at = end + 1;
    }
    return {};
  }

  EnvironmentRule rule_;
  std::string way_;
};

}  // namespace

Result<void> read_environment(const Attribute& attribute, ProgramDefinition& into) {
  EnvironmentReader reader;
  for (const std::string& word : attribute.words) {
    if (auto taken = reader.take(word); !taken) {
      return taken;
    }
  }
  if (attribute.words.empty()) {
    return failure("the value is missing: write inherit, none, or names");
  }
  into.environment = std::move(reader).rule();
  return {};
}

std::string write_environment(const ProgramDefinition& program) {
  const EnvironmentRule& rule = program.environment;
  std::string text = rule.inherit_all ? "inherit" : "";
  if (!rule.inherit_all) {
    for (const std::string& name : rule.names) {
      text += (text.empty() ? "" : " ") + name;
    }
  }
  if (text.empty()) {
    text = "none";
  }
  for (const std::string& assignment : rule.assignments) {
    text += ' ' + quoted_word(assignment);
  }
  return text;
}

}  // namespace kamexec::program

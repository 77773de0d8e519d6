// SPDX-License-Identifier: GPL-2.0-or-later
#include "variables/read_variable.h"

#include "output/printable.h"

namespace kamexec {
namespace {

constexpr std::size_t kShown = 60;

bool is_name_byte(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         c == '.' || c == '?';
}

std::size_t name_size(std::string_view text) {
  std::size_t size = 0;
  while (size < text.size() && is_name_byte(text[size])) {
    ++size;
  }
  return size;
}

/// The bytes up to and with the bracket that closes, where one is open already; 0: there is none.
std::size_t size_to_close(std::string_view text, char open, char close) {
  std::size_t depth = 1;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == open) {
      ++depth;
    } else if (text[i] == close && --depth == 0) {
      return i + 1;
    }
  }
  return 0;
}

class VariableReader {
 public:
  VariableReader(std::string_view text, const KnownModules& modules)
      : whole_(text), rest_(text), modules_(modules) {}

  tl::expected<Variable, VariableProblem> read() {
    if (!take('$')) {
      return fail("begins with no '$'", "write $name or $(name)");
    }
    const bool enclosed = take('(');
    if (take('$')) {
      result_.is_marker = true;
      return enclosed && rest_ != ")" ? fail("is no variable", kShellNames)
                                      : tl::expected<Variable, VariableProblem>(result_);
    }
    result_.class_name = rest_.substr(0, name_size(rest_));
    rest_.remove_prefix(result_.class_name.size());
    const VariableClass* known = find_variable_class(result_.class_name, modules_);
    if (known == nullptr) {
      return unknown();
    }
    if (const auto problem = read_inner(*known); !problem.empty()) {
      return fail(problem, "write it as Kamailio's pseudo-variables document says");
    }
    if (enclosed) {
      if (const auto problem = read_enclosed(*known); !problem.empty()) {
        return fail(problem, "write it as Kamailio's pseudo-variables document says");
      }
    }
    return result_;
  }

 private:
  static constexpr const char* kShellNames = "for the shell's own variables write $$NAME";

  bool take(char c) {
    const bool there = !rest_.empty() && rest_.front() == c;
    if (there) {
      rest_.remove_prefix(1);
    }
    return there;
  }

  [[nodiscard]] tl::unexpected<VariableProblem> fail(const std::string& message,
                                                     std::string remedy) const {
    return tl::unexpected<VariableProblem>(
        {printable(whole_, kShown) + " " + message, std::move(remedy)});
  }

  /// The server takes '.', '?' and '_' as part of a name: `$rU.txt` is the variable "rU.txt".
  [[nodiscard]] tl::unexpected<VariableProblem> unknown() const {
    const std::string_view name = result_.class_name;
    const std::string shown = "'" + printable(name, kShown) + "'";
    if (const std::string_view module = module_of_variable(name, modules_.version);
        !module.empty()) {
      return fail("is a variable of module " + std::string(module) + ", which is not loaded",
                  "add loadmodule \"" + std::string(module) + ".so\"");
    }
    for (std::size_t size = name.size(); size > 0; --size) {
      const bool ends = name[size - 1] == '.' || name[size - 1] == '_' || name[size - 1] == '?';
      if (ends && find_variable_class(name.substr(0, size - 1), modules_) != nullptr) {
        const std::string shorter(name.substr(0, size - 1));
        return fail("is no variable: the server reads the name as " + shown,
                    "write $(" + shorter + ") where the name ends there");
      }
    }
    if (const auto other = find_other_versions(name, modules_)) {
      return fail(other_versions(*other), "use one that Kamailio " + modules_.version.text() +
                                              " has, or a Kamailio that has this one");
    }
    return fail(name.empty() ? "is no variable" : "is no variable: no module has " + shown,
                kShellNames);
  }

  [[nodiscard]] std::string other_versions(const OtherVersions& other) const {
    const bool is_later = other.since > modules_.version;
    return "is no variable of Kamailio " + modules_.version.text() + ": module " +
           std::string(other.module) + " has it " +
           (is_later ? "from " + other.since.text_of_first() + " on"
                     : "up to before " + other.until.text_of_first());
  }

  std::string read_inner(const VariableClass& known) {
    if (!take('(')) {
      return known.takes_name() ? "has no name in parentheses" : "";
    }
    if (!known.takes_name()) {
      return "takes no name in parentheses";
    }
    const std::size_t size = size_to_close(rest_, '(', ')');
    if (size <= 1) {
      return size == 0 ? "does not end" : "has an empty name in parentheses";
    }
    result_.inner = rest_.substr(0, size - 1);
    rest_.remove_prefix(size);
    return "";
  }

  std::string read_enclosed(const VariableClass& known) {
    if (take('[')) {
      if (!known.takes_index()) {
        return "takes no index";
      }
      const std::size_t size = size_to_close(rest_, '[', ']');
      if (size <= 1) {
        return size == 0 ? "has an index that does not end" : "has an empty index";
      }
      result_.index = rest_.substr(0, size - 1);
      rest_.remove_prefix(size);
    }
    while (take('{')) {
      if (const auto problem = read_transformation(); !problem.empty()) {
        return problem;
      }
    }
    return rest_ == ")" ? ""
                        : "has something else than [index] or {transformation} behind its name";
  }

  std::string read_transformation() {
    const std::size_t size = size_to_close(rest_, '{', '}');
    if (size == 0) {
      return "has a transformation that does not end";
    }
    const std::string_view text = rest_.substr(0, size - 1);
    rest_.remove_prefix(size);
    while (!rest_.empty() && (rest_.front() == ' ' || rest_.front() == '\t')) {
      rest_.remove_prefix(1);
    }
    const std::size_t dot = text.find('.');
    const std::string_view name = text.substr(0, dot);
    if (dot == text.npos || !is_transformation_class(name, modules_)) {
      return "has an unknown transformation: {" + printable(text, kShown) + "}";
    }
    result_.transformations.push_back(text);
    return "";
  }

  std::string_view whole_;
  std::string_view rest_;
  const KnownModules& modules_;
  Variable result_;
};

}  // namespace

std::size_t variable_size(std::string_view text) {
  if (text.size() < 2) {
    return text.size();
  }
  if (text[1] == '$') {
    return 2;
  }
  const std::size_t name = text[1] == '(' ? 1 : 1 + name_size(text.substr(1));
  if (name == text.size() || text[name] != '(') {
    return name;
  }
  const std::size_t inner = size_to_close(text.substr(name + 1), '(', ')');
  return inner == 0 ? 0 : name + 1 + inner;
}

tl::expected<Variable, VariableProblem> read_variable(std::string_view text,
                                                      const KnownModules& modules) {
  return VariableReader(text, modules).read();
}

}  // namespace kamexec

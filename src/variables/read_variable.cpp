// SPDX-License-Identifier: GPL-2.0-or-later
#include "variables/read_variable.h"

#include <algorithm>

#include "base/printable.h"
#include "variables/inner_names.h"
#include "variables/transformations.h"

namespace kamexec::variables {
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

constexpr const char* kShellNames = "for the shell's own variables write $$NAME";
constexpr const char* kAsDocumented = "write it as Kamailio's pseudo-variables document says";
constexpr std::string_view kBlanks = " \t\r\n";
constexpr int kDeepest = 32;  ///< variables in one another

/// Reads the variable at the beginning of a text, which may go on behind it.
class VariableReader {
 public:
  VariableReader(std::string_view text, const KnownModules& modules, int depth = 0)
      : whole_(text), rest_(text), modules_(modules), depth_(depth) {}

  tl::expected<Variable, VariableProblem> read() {
    if (!take('$')) {
      return fail("does not begin with '$'", "write $name or $(name)");
    }
    const bool enclosed = take('(');
    if (take('$')) {
      result_.is_marker = true;
      return enclosed && !take(')') ? fail("is not a variable", kShellNames)
                                    : tl::expected<Variable, VariableProblem>(result_);
    }
    result_.class_name = rest_.substr(0, name_size(rest_));
    rest_.remove_prefix(result_.class_name.size());
    const VariableClass* known = find_variable_class(result_.class_name, modules_);
    if (known == nullptr) {
      return unknown();
    }
    if (auto problem = read_inner(*known)) {
      return tl::unexpected<VariableProblem>(std::move(*problem));
    }
    if (enclosed) {
      if (auto problem = read_enclosed(*known)) {
        return tl::unexpected<VariableProblem>(std::move(*problem));
      }
    }
    return result_;
  }

  /// What stands behind what was read.
  [[nodiscard]] std::string_view rest() const { return rest_; }

 private:
  using Problem = std::optional<VariableProblem>;

  [[nodiscard]] char peek() const { return rest_.empty() ? '\0' : rest_.front(); }

  bool take(char c) {
    const bool there = peek() == c && !rest_.empty();
    if (there) {
      rest_.remove_prefix(1);
    }
    return there;
  }

  /// As far as it is one variable.
  [[nodiscard]] std::string shown() const {
    const std::size_t size = variable_size(whole_);
    return printable(size == 0 ? whole_ : whole_.substr(0, size), kShown);
  }

  [[nodiscard]] VariableProblem problem(const std::string& message,
                                        std::string remedy = kAsDocumented) const {
    return {shown() + " " + message, std::move(remedy), {}};
  }

  [[nodiscard]] tl::unexpected<VariableProblem> fail(const std::string& message,
                                                     std::string remedy) const {
    return tl::unexpected<VariableProblem>(problem(message, std::move(remedy)));
  }

  [[nodiscard]] VariableProblem not_loaded(const std::string& what, std::string_view module) const {
    const std::string name(module);
    return {shown() + " " + what + " of module " + name + ", which is not loaded",
            "add loadmodule \"" + name + ".so\"", name};
  }

  /// The server takes '.', '?' and '_' as part of a name: `$rU.txt` is the variable "rU.txt".
  [[nodiscard]] tl::unexpected<VariableProblem> unknown() const {
    const std::string_view name = result_.class_name;
    const std::string shown_name = "'" + printable(name, kShown) + "'";
    if (const std::string_view module = module_of_variable(name, modules_.version);
        !module.empty()) {
      return tl::unexpected<VariableProblem>(not_loaded("is a variable", module));
    }
    for (std::size_t size = name.size(); size > 0; --size) {
      const bool ends = name[size - 1] == '.' || name[size - 1] == '_' || name[size - 1] == '?';
      if (ends && !module_of_variable(name.substr(0, size - 1)).empty()) {
        const std::string shorter(name.substr(0, size - 1));
        return fail("is not a variable: the server reads the name as " + shown_name,
                    "write $(" + shorter + ") to end the name there");
      }
    }
    if (const auto other = find_other_versions(name, modules_)) {
      return fail(other_versions(*other), "use one that Kamailio " + modules_.version.text() +
                                              " has, or a Kamailio version that has this one");
    }
    return fail(
        name.empty() ? "is not a variable" : "is not a variable: no module has " + shown_name,
        kShellNames);
  }

  [[nodiscard]] std::string other_versions(const OtherVersions& other) const {
    const bool is_later = other.since > modules_.version;
    return "is not a variable of Kamailio " + modules_.version.text() + ": module " +
           std::string(other.module) + " has it " +
           (is_later ? "from " + other.since.text_of_first() + " on"
                     : "up to before " + other.until.text_of_first());
  }

  /// How many bytes of @p text the variable at its beginning takes.
  [[nodiscard]] tl::expected<std::size_t, VariableProblem> nested_size(
      std::string_view text) const {
    if (depth_ >= kDeepest) {
      return fail("nests variables too deeply", "split the values before the call");
    }
    VariableReader nested(text, modules_, depth_ + 1);
    if (const auto read = nested.read(); !read) {
      return tl::unexpected<VariableProblem>(read.error());
    }
    return text.size() - nested.rest().size();
  }

  [[nodiscard]] Problem problem_in_variable(std::string_view text) const {
    const auto size = nested_size(text);
    return size ? Problem() : Problem(size.error());
  }

  /// As split_variables reads a text.
  [[nodiscard]] Problem problem_in_format(std::string_view text) const {
    for (std::size_t at = text.find('$'); at != text.npos; at = text.find('$', at)) {
      const std::size_t size = variable_size(text.substr(at));
      if (size == 0) {
        return problem("has a parenthesis that does not end");
      }
      if (Problem found = problem_in_variable(text.substr(at, size))) {
        return found;
      }
      at += size;
    }
    return {};
  }

  Problem read_inner(const VariableClass& known) {
    if (!take('(')) {
      return known.takes_name() ? Problem(problem("has no name in parentheses")) : Problem();
    }
    if (!known.takes_name()) {
      return problem("takes no name in parentheses");
    }
    const std::size_t size = size_to_close(rest_, '(', ')');
    if (size <= 1) {
      return problem(size == 0 ? "does not end" : "has an empty name in parentheses");
    }
    const std::string_view inner = rest_.substr(0, size - 1);
    result_.inner = inner;
    rest_.remove_prefix(size);
    const InnerNames names = inner_names_of(result_.class_name);
    if (names.kind == InnerNames::Kind::word) {
      return has_word(names.words, inner)
                 ? Problem()
                 : Problem(problem("has an unknown name in parentheses",
                                   "write one of: " + std::string(names.words)));
    }
    const bool is_variable = inner.front() == '$';
    switch (names.kind) {
      case InnerNames::Kind::any:
      case InnerNames::Kind::word:
        return {};
      case InnerNames::Kind::avp:
        return is_variable ? problem_in_variable(inner) : problem_in_avp(inner);
      case InnerNames::Kind::header:
        return is_variable ? problem_in_variable(inner) : problem_in_header(inner);
      case InnerNames::Kind::variable:
        return problem_in_variable(inner);
      case InnerNames::Kind::list:
        return problem_in_list(inner);
      case InnerNames::Kind::xavp:
        return problem_in_xavp(inner);
      case InnerNames::Kind::keyed:
        return problem_in_keyed(inner);
    }
    return {};
  }

  [[nodiscard]] Problem problem_in_list(std::string_view text) const {
    if (Problem found = problem_in_variable(text)) {
      return found;
    }
    const std::string_view name = text.substr(std::min(text.find_first_not_of("$("), text.size()));
    return text.substr(0, 2) != "$$" && (name.starts_with("avp(") || name.starts_with("xavp("))
               ? Problem()
               : Problem(problem("counts something other than $avp(NAME) or $xavp(NAME)"));
  }

  /// parse_avp_name of the server's.
  [[nodiscard]] Problem problem_in_avp(std::string_view name) const {
    const bool has_type = name.size() > 1 && name[1] == ':';
    const bool is_type = std::string_view("sSiI").find(name[0]) != std::string_view::npos;
    return has_type && (!is_type || name.size() == 2)
               ? Problem(problem("has no AVP name in parentheses", "write $avp(NAME)"))
               : Problem();
  }

  [[nodiscard]] Problem problem_in_header(std::string_view name) const {
    return name.find_first_of("(),[]{}$\"<>@;:\\/ \t") != name.npos
               ? Problem(problem("has no header field name in parentheses",
                                 "write $hdr(NAME), without spaces"))
               : Problem();
  }

  /// pv_parse_ht_name of the module htable.
  [[nodiscard]] Problem problem_in_keyed(std::string_view inner) const {
    const std::size_t name = std::min(inner.find_first_not_of(kBlanks), inner.size());
    const std::size_t blank = std::min(inner.find_first_of("= \t\r\n", name), inner.size());
    const std::size_t arrow = std::min(inner.find_first_not_of(kBlanks, blank), inner.size());
    return inner.substr(arrow, 2) == "=>" ? problem_in_format(inner.substr(arrow + 2))
                                          : Problem(problem("has no NAME=>KEY in parentheses"));
  }

  /// pv_parse_xavp_name of the module pv.
  [[nodiscard]] Problem problem_in_xavp(std::string_view inner) const {
    std::string_view rest = inner;
    if (Problem found = take_xavp_name(rest)) {
      return found;
    }
    if (rest.empty() || rest.front() != '=') {
      return {};
    }
    if (rest.substr(0, 2) != "=>" || rest.size() == 2) {
      return problem("has no NAME=>NAME in parentheses");
    }
    rest.remove_prefix(2);
    return take_xavp_name(rest);
  }

  /// pv_xavp_fill_ni: NAME or NAME[INDEX].
  [[nodiscard]] Problem take_xavp_name(std::string_view& rest) const {
    const auto pass = [&](std::size_t to) { rest.remove_prefix(std::min(to, rest.size())); };
    pass(rest.find_first_not_of(kBlanks));
    pass(rest.find_first_of("=[ \t\r\n"));
    pass(rest.find_first_not_of(kBlanks));
    if (rest.empty() || rest.front() != '[') {
      return {};
    }
    const std::size_t size = size_to_close(rest.substr(1), '[', ']');
    if (size <= 1) {
      return problem(size == 0 ? "has an index that does not end" : "has an empty index");
    }
    const std::string_view index = rest.substr(1, size - 1);
    rest.remove_prefix(size + 1);
    return problem_in_index(index);
  }

  Problem read_index() {
    const std::size_t size = size_to_close(rest_, '[', ']');
    if (size <= 1) {
      return problem(size == 0 ? "has an index that does not end" : "has an empty index");
    }
    result_.index = rest_.substr(0, size - 1);
    rest_.remove_prefix(size);
    return problem_in_index(*result_.index);
  }

  /// pv_parse_index of the server's.
  [[nodiscard]] Problem problem_in_index(std::string_view index) const {
    if (index.front() == '$') {
      return problem_in_variable(index);
    }
    const std::string_view digits = index.substr(index.front() == '-' ? 1 : 0);
    const bool is_number = digits.find_first_not_of("0123456789") == digits.npos;
    return is_number || index == "*" || index == "+"
               ? Problem()
               : Problem(problem("has an index that is not a number",
                                 "write a number, from the end as in [-1], a variable, or *"));
  }

  Problem read_enclosed(const VariableClass& known) {
    if (take('[')) {
      if (!known.takes_index()) {
        return problem("takes no index");
      }
      if (Problem found = read_index()) {
        return found;
      }
    }
    if (peek() == '{') {
      if (Problem found = read_transformations()) {
        return found;
      }
    }
    return take(')') ? Problem()
                     : Problem(problem(
                           "has something other than [index] or {transformation} after its name"));
  }

  /// The transformations at the beginning of rest_, with the blanks behind them; empty: there is
  /// no end.
  [[nodiscard]] std::string_view chain() const {
    std::size_t at = 0;
    do {
      const std::size_t size = size_to_close(rest_.substr(at + 1), '{', '}');
      if (size == 0) {
        return {};
      }
      at = std::min(rest_.find_first_not_of(" \t", at + 1 + size), rest_.size());
    } while (at < rest_.size() && rest_[at] == '{');
    return rest_.substr(0, at);
  }

  Problem read_transformations() {
    const std::string_view all = chain();
    if (all.empty()) {
      return problem("has a transformation that does not end");
    }
    std::size_t at = 0;
    while (at < all.size() && all[at] == '{') {
      const std::size_t begin = at + 1;
      const std::string_view text = all.substr(begin);
      const std::size_t dot = std::min(text.find('.'), text.size());
      const std::string_view name = text.substr(0, dot);
      const std::string_view shown_text = text.substr(0, size_to_close(text, '{', '}') - 1);
      if (dot == text.size() || !is_transformation_class(name, {false, {}, modules_.version})) {
        return problem("has an unknown transformation: {" + printable(shown_text, kShown) + "}");
      }
      if (!is_transformation_class(name, modules_)) {
        return not_loaded("has a transformation, {" + printable(shown_text, kShown) + "},",
                          module_of_transformation(name, modules_.version));
      }
      const auto size =
          transformation_size(name, rest_.substr(begin + dot + 1), text.size() - dot - 1,
                              [this](std::string_view inner) { return nested_size(inner); });
      if (!size) {
        // What is wrong with a variable in it names that variable.
        return size.error().is_of_nested
                   ? Problem(size.error().problem)
                   : problem(size.error().problem.message, size.error().problem.remedy);
      }
      at = begin + dot + 1 + *size + 1;
      result_.transformations.push_back(rest_.substr(begin, at - 1 - begin));
      at = at < all.size() ? std::min(all.find_first_not_of(" \t\n", at), all.size()) : at;
    }
    rest_.remove_prefix(at);
    return {};
  }

  std::string_view whole_;
  std::string_view rest_;
  const KnownModules& modules_;
  int depth_;
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
  VariableReader reader(text, modules);
  auto read = reader.read();
  if (read && !reader.rest().empty()) {
    return tl::unexpected<VariableProblem>(
        {printable(text, kShown) + " has text after its end", kAsDocumented, {}});
  }
  return read;
}

}  // namespace kamexec::variables

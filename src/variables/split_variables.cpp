// SPDX-License-Identifier: GPL-2.0-or-later
#include "variables/split_variables.h"

#include <algorithm>

#include "base/printable.h"
#include "variables/read_variable.h"

namespace kamexec::variables {
namespace {

command::Finding finding_at(std::string_view text, std::size_t offset, VariableProblem problem) {
  const std::string_view before = text.substr(0, offset);
  const std::size_t line = before.rfind('\n');
  command::Finding finding;
  finding.line = 1 + static_cast<unsigned>(std::count(before.begin(), before.end(), '\n'));
  finding.column = static_cast<unsigned>(line == before.npos ? offset + 1 : offset - line);
  finding.message = std::move(problem.message);
  finding.remedy = std::move(problem.remedy);
  return finding;
}

void add_fixed(command::CommandTemplate& parts, std::string_view text) {
  if (text.empty()) {
    return;
  }
  if (parts.empty() || parts.back().is_variable) {
    parts.push_back({false, std::string(text)});
  } else {
    parts.back().text += text;
  }
}

}  // namespace

std::optional<VariableFinding> find_variable_problem(std::string_view text, std::size_t offset,
                                                     const KnownModules& modules) {
  const std::string_view rest = text.substr(offset);
  const std::size_t size = variable_size(rest);
  if (size == 0) {
    return VariableFinding{finding_at(text, offset,
                                      {printable(rest, 60) + " has a parenthesis that does not end",
                                       "for the shell's own $( ) write $$( )",
                                       {}}),
                           {}};
  }
  const auto variable = read_variable(rest.substr(0, size), modules);
  if (variable) {
    return std::nullopt;
  }
  return VariableFinding{finding_at(text, offset, variable.error()),
                         variable.error().missing_module};
}

tl::expected<command::CommandTemplate, command::Finding> split_variables(
    std::string_view text, const KnownModules& modules, std::vector<VariableFinding>* missing) {
  command::CommandTemplate parts;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t next = std::min(text.find('$', at), text.size());
    add_fixed(parts, text.substr(at, next - at));
    if (next == text.size()) {
      break;
    }
    auto problem = find_variable_problem(text, next, modules);
    if (problem && missing != nullptr && !problem->missing_module.empty()) {
      missing->push_back(std::move(*problem));
      problem = find_variable_problem(text, next, {false, {}, modules.version});
    }
    if (problem) {
      return tl::unexpected<command::Finding>(std::move(problem->finding));
    }
    const std::string_view written = text.substr(next, variable_size(text.substr(next)));
    if (written == "$$" || written == "$($)") {
      add_fixed(parts, "$");
    } else {
      parts.push_back({true, std::string(written)});
    }
    at = next + written.size();
  }
  return parts;
}

}  // namespace kamexec::variables

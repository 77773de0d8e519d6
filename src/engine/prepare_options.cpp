// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/prepare_options.h"

#include <algorithm>
#include <set>
#include <string>

#include "base/interpreter.h"
#include "command/argv.h"
#include "command/scan.h"
#include "command/symbols.h"
#include "variables/value_facts.h"

namespace kamexec {

std::string_view search_path_of(std::string_view path) {
  return path.empty() ? PrepareOptions().search_path : path;
}

PrepareOptions prepare_options(const CallToPrepare& call) {
  PrepareOptions options;
  options.append_argument = call.function.starts_with("exec_dset");
  options.search_path = call.search_path;
  options.facts_of = value_facts;
  options.environment_is_callers = call.set_variables && has_message_variables(call.function);
  options.input = call.input;
  options.interpreted = call.interpreted;
  options.interpreters = call.interpreters;
  return options;
}

Preparation prepare_to_load(const CommandTemplate& text, const PrepareOptions& options) {
  Preparation preparation = prepare(text, options);
  if (!preparation.command) {
    return preparation;
  }
  const auto variables = std::count_if(text.begin(), text.end(),
                                       [](const TemplatePart& part) { return part.is_variable; });
  const Scan scanned = scan(symbols_of(text), static_cast<std::size_t>(variables));
  std::set<std::string> looked_at;
  for (const SimpleCommand& command : scanned.commands) {
    const std::string name = command.words.empty() ? std::string() : command.words.front().fixed();
    const std::string path = find_program(name, options.search_path);
    if (path.empty() || !looked_at.insert(path).second || looked_at.size() > Scan::kMostErrors) {
      continue;
    }
    if (const std::string missing = missing_interpreter(path); !missing.empty()) {
      const TextPosition place = location_of(text, command.words.front().origin);
      Finding finding;
      finding.severity = Finding::Severity::warning;
      finding.line = place.line;
      finding.column = place.column;
      finding.message = "can't run " + path + ": " + missing;
      finding.remedy = "each call of it will fail";
      preparation.findings.push_back(std::move(finding));
    }
  }
  return preparation;
}

}  // namespace kamexec

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

namespace kamexec::engine {

std::string_view search_path_of(std::string_view path) {
  return path.empty() ? command::PrepareOptions().search_path : path;
}

command::PrepareOptions prepare_options(const CallToPrepare& call) {
  command::PrepareOptions options;
  options.append_argument = call.function.starts_with("exec_dset");
  options.search_path = call.search_path;
  options.facts_of = variables::value_facts;
  options.environment_is_callers =
      call.set_variables && variables::has_message_variables(call.function);
  options.input = call.input;
  options.interpreted = call.interpreted;
  options.interpreters = call.interpreters;
  return options;
}

command::Preparation prepare_to_load(const command::CommandTemplate& text,
                                     const command::PrepareOptions& options) {
  command::Preparation preparation = command::prepare(text, options);
  if (!preparation.command) {
    return preparation;
  }
  const auto variables = std::count_if(
      text.begin(), text.end(), [](const command::TemplatePart& part) { return part.is_variable; });
  const command::Scan scanned =
      command::scan(command::symbols_of(text), static_cast<std::size_t>(variables));
  std::set<std::string> looked_at;
  for (const command::SimpleCommand& command : scanned.commands) {
    const std::string name = command.words.empty() ? std::string() : command.words.front().fixed();
    const std::string path = command::find_program(name, options.search_path);
    if (path.empty() || !looked_at.insert(path).second ||
        looked_at.size() > command::Scan::kMostErrors) {
      continue;
    }
    if (const std::string missing = missing_interpreter(path); !missing.empty()) {
      const command::TextPosition position =
          command::position_of(text, command.words.front().origin);
      command::Finding finding;
      finding.severity = command::Finding::Severity::warning;
      finding.line = position.line;
      finding.column = position.column;
      finding.message = "can't run " + path + ": " + missing;
      finding.remedy = "each call of it will fail";
      preparation.findings.push_back(std::move(finding));
    }
  }
  return preparation;
}

}  // namespace kamexec::engine

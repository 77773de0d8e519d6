// SPDX-License-Identifier: GPL-2.0-or-later
#include "tool/check/preparation.h"

#include <algorithm>
#include <cstdlib>

#include "engine/prepare_options.h"
#include "engine/syntax_check.h"
#include "program/program_call.h"
#include "tool/check/variable_checks.h"
#include "variables/value_facts.h"

namespace kamexec::tool::check {
namespace {

/// What this module says of a text, and what it would say if it saw the script's checks.
struct Findings {
  command::Preparation as_loaded;
  std::vector<command::Finding> with_checks;
  std::string checks;  ///< in words: "$rU =~ "^[0-9]+$" at kamailio.cfg:12"; empty: there are none
};

Findings find(const command::CommandTemplate& parts, const Call& call,
              const Surroundings& surroundings, command::PrepareOptions options) {
  Findings found{engine::prepare_to_load(parts, options), {}, {}};
  std::vector<std::string> numbers;
  for (const command::TemplatePart& part : parts) {
    const VariableCheck* check = part.is_variable ? check_of(part.text, call.checks) : nullptr;
    if (check == nullptr || check->bytes != MatchedBytes::digits ||
        std::find(numbers.begin(), numbers.end(), part.text) != numbers.end()) {
      continue;
    }
    numbers.push_back(part.text);
    found.checks += (found.checks.empty() ? "" : ", ") + part.text + " " +
                    words_of(*check, surroundings.configuration);
  }
  if (numbers.empty()) {
    found.with_checks = found.as_loaded.findings;
  } else {
    options.numbers = numbers;
    found.with_checks = engine::prepare_to_load(parts, options).findings;
  }
  return found;
}

bool holds(const std::vector<command::Finding>& findings, const command::Finding& wanted) {
  return std::any_of(findings.begin(), findings.end(), [&](const command::Finding& one) {
    return one.line == wanted.line && one.column == wanted.column && one.message == wanted.message;
  });
}

/// The level is by what is left where the script's checks count; the module doesn't see them, so
/// that what has to be changed is by what it says.
void say_all(Assessment& assessment, const Findings& found, const TemplateLocations& locations) {
  for (command::Finding finding : found.as_loaded.findings) {
    const bool is_checked = !holds(found.with_checks, finding);
    if (is_checked && !finding.is_let_pass && !finding.remedy.empty()) {
      finding.remedy += "; the script checks it before the call (" + found.checks +
                        "), which the module can't see";
    }
    say(assessment, finding, locations);
    if (is_checked && finding.is_interpreted) {
      raise(assessment, Level::limited,
            "the value that would be read as code is checked before the call");
    }
  }
  for (const command::Finding& finding : found.with_checks) {
    if (!holds(found.as_loaded.findings, finding)) {
      say(assessment, finding, locations);  // it was behind what is checked
    }
    if (finding.is_interpreted && !finding.is_let_pass) {
      raise(assessment, Level::danger, "text from a caller is read as code, or chooses what runs");
    }
  }
}

}  // namespace

void raise(Assessment& assessment, Level level, std::string reason) {
  if (level > assessment.level) {
    assessment.level = level;
    assessment.reason = std::move(reason);
  }
}

void refuse(Assessment& assessment, SourceLocation location, std::string message,
            std::string remedy) {
  assessment.must_change = true;
  assessment.said.push_back({true, location, std::move(message), std::move(remedy)});
}

Said said_of(const command::Finding& finding, const TemplateLocations& locations) {
  return {finding.severity == command::Finding::Severity::error,
          locations.of_text(finding.line, finding.column), finding.message, finding.remedy};
}

void say(Assessment& assessment, const command::Finding& finding,
         const TemplateLocations& locations) {
  assessment.said.push_back(said_of(finding, locations));
  assessment.must_change = assessment.must_change || assessment.said.back().is_error;
}

void assess_program_call(Assessment& assessment, const command::CommandTemplate& parts,
                         const TemplateLocations& locations, const Surroundings& surroundings) {
  const auto call = program::read_program_call(parts);
  raise(assessment, Level::own, "a named program: values are arguments, there is no shell");
  if (!call) {
    say(assessment, call.error(), locations);
    return;
  }
  assessment.program = call->program;
  const auto may = surroundings.programs.permissions.find(call->program);
  if (may != surroundings.programs.permissions.end()) {
    assessment.permissions = may->second;
  }
  const auto& known = surroundings.programs.names;
  if (!surroundings.programs.may_be_others &&
      std::find(known.begin(), known.end(), call->program) == known.end()) {
    refuse(assessment, locations.of_part(0), "there is no program named " + call->program,
           "define it: modparam(\"exec\", \"program\", \"name=" + call->program + "; run=...\")");
  }
}

void add_preparation(Assessment& assessment, const command::CommandTemplate& parts,
                     const TemplateLocations& locations, const Surroundings& surroundings,
                     const PreparationOptions& wanted) {
  const char* path = std::getenv("PATH");
  const std::string input = variables::callers_input(wanted.function, wanted.input);
  const command::PrepareOptions options = engine::prepare_options(
      {.function = wanted.function,
       .search_path = engine::search_path_of(path == nullptr ? "" : path),
       .input = input,
       .set_variables = surroundings.set_variables,
       .interpreted = wanted.as_given ? command::InterpretedValues::warn : surroundings.interpreted,
       .interpreters = surroundings.interpreters.get()});
  Findings found = find(parts, assessment.call, surroundings, options);
  command::Preparation& preparation = found.as_loaded;
  say_all(assessment, found, locations);
  if (!preparation.command) {
    return;
  }
  if (wanted.ask_shell && preparation.command->needs_shell()) {
    const Result<void> checked = engine::check_shell_syntax(preparation.command->shell_text);
    if (!checked) {
      refuse(assessment, locations.of_part(0), checked.error().message, "");
      return;
    }
  }
  for (const command::TemplatePart& part : parts) {
    if (part.is_variable) {
      assessment.values.push_back(part.text);
    }
  }
  if (preparation.command->takes_appended) {
    assessment.values.emplace_back("the R-URI");
  }
  assessment.prepared = std::move(preparation.command);
}

}  // namespace kamexec::tool::check

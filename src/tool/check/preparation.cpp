// SPDX-License-Identifier: GPL-2.0-or-later
#include "tool/check/preparation.h"

#include <algorithm>
#include <cstdlib>

#include "engine/prepare_options.h"
#include "engine/syntax_check.h"
#include "program/program_call.h"
#include "variables/value_facts.h"

namespace kamexec::check {
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

Said said_of(const Finding& finding, const TemplateLocations& locations) {
  return {finding.severity == Finding::Severity::error,
          locations.of_text(finding.line, finding.column), finding.message, finding.remedy};
}

void say(Assessment& assessment, const Finding& finding, const TemplateLocations& locations) {
  assessment.said.push_back(said_of(finding, locations));
  assessment.must_change = assessment.must_change || assessment.said.back().is_error;
}

void assess_program_call(Assessment& assessment, const CommandTemplate& parts,
                         const TemplateLocations& locations, const Surroundings& surroundings) {
  const auto call = read_program_call(parts);
  raise(assessment, Level::own, "a program by its name: values are arguments, there is no shell");
  if (!call) {
    say(assessment, call.error(), locations);
    return;
  }
  assessment.program = call->program;
  const auto& known = surroundings.programs;
  if (std::find(known.begin(), known.end(), call->program) == known.end()) {
    refuse(assessment, locations.of_part(0), "there is no program named " + call->program,
           "define it: modparam(\"exec\", \"program\", \"name=" + call->program + "; run=...\")");
  }
}

void add_preparation(Assessment& assessment, const CommandTemplate& parts,
                     const TemplateLocations& locations, const Surroundings& surroundings,
                     const PreparationOptions& wanted) {
  const char* path = std::getenv("PATH");
  const std::string input = callers_input(wanted.function, wanted.input);
  Preparation preparation = prepare_to_load(
      parts, prepare_options({.function = wanted.function,
                              .search_path = search_path_of(path == nullptr ? "" : path),
                              .input = input,
                              .set_variables = surroundings.set_variables,
                              .interpreted = wanted.as_given ? InterpretedValues::warn
                                                             : surroundings.interpreted,
                              .interpreters = surroundings.interpreters.get()}));
  for (const Finding& finding : preparation.findings) {
    say(assessment, finding, locations);
    if (finding.is_interpreted && !finding.is_let_pass) {
      raise(assessment, Level::danger, "what a caller sends is read as code, or chooses what runs");
    }
  }
  if (!preparation.command) {
    return;
  }
  if (wanted.ask_shell && preparation.command->needs_shell()) {
    const Result<void> checked = check_shell_syntax(preparation.command->shell_text);
    if (!checked) {
      refuse(assessment, locations.of_part(0), checked.error().message, "");
      return;
    }
  }
  for (const TemplatePart& part : parts) {
    if (part.is_variable) {
      assessment.values.push_back(part.text);
    }
  }
  if (preparation.command->takes_appended) {
    assessment.values.emplace_back("the R-URI");
  }
  assessment.prepared = std::move(preparation.command);
}

}  // namespace kamexec::check

// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/check/preparation.h"

#include <cstdlib>

#include "engine/syntax_check.h"

namespace kamexec::check {
namespace {

const char* search_path() {
  const char* path = std::getenv("PATH");
  return path != nullptr && *path != '\0' ? path : PrepareOptions().search_path.data();
}

}  // namespace

void raise(Assessment& assessment, Level level, std::string reason) {
  if (level > assessment.level) {
    assessment.level = level;
    assessment.reason = std::move(reason);
  }
}

void refuse(Assessment& assessment, Place place, std::string message, std::string remedy) {
  assessment.must_change = true;
  assessment.said.push_back({true, place, std::move(message), std::move(remedy)});
}

void say(Assessment& assessment, const Finding& finding, const TemplatePlaces& places) {
  const bool is_error = finding.severity == Finding::Severity::error;
  assessment.must_change = assessment.must_change || is_error;
  assessment.said.push_back(
      {is_error, places.of_text(finding.line, finding.column), finding.message, finding.remedy});
}

void add_preparation(Assessment& assessment, const CommandTemplate& parts,
                     const TemplatePlaces& places, PreparationOptions wanted) {
  PrepareOptions options;
  options.append_argument = wanted.add_uri;
  options.search_path = search_path();
  Preparation preparation = prepare(parts, options);
  for (const Finding& finding : preparation.findings) {
    say(assessment, finding, places);
  }
  if (!preparation.command) {
    return;
  }
  if (wanted.ask_shell && preparation.command->needs_shell()) {
    const Result<void> checked = check_shell_syntax(preparation.command->shell_text);
    if (!checked) {
      refuse(assessment, places.of_part(0), checked.error().message, "");
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

// SPDX-License-Identifier: GPL-2.0-or-later
#include "command/prepare.h"

#include <algorithm>

#include "command/argv.h"
#include "command/insertion.h"
#include "command/plain_words.h"
#include "command/risks.h"
#include "command/scan.h"
#include "command/symbols.h"

namespace kamexec {
namespace {

std::size_t variables_in(const CommandTemplate& parts) {
  return static_cast<std::size_t>(
      std::count_if(parts.begin(), parts.end(), [](const auto& part) { return part.is_variable; }));
}

Scan scan_parts(const CommandTemplate& parts) {
  return scan(symbols_of(parts), variables_in(parts));
}

/// Without the blanks and newlines at its end: what is appended belongs to the last command.
CommandTemplate right_trimmed(CommandTemplate parts) {
  if (!parts.empty() && !parts.back().is_variable) {
    std::string& text = parts.back().text;
    text.erase(text.find_last_not_of(" \t\r\n") + 1);
  }
  return parts;
}

Finding at_start(Finding::Severity severity, std::string message, std::string remedy) {
  Finding finding;
  finding.severity = severity;
  finding.message = std::move(message);
  finding.remedy = std::move(remedy);
  return finding;
}

Finding of_error(const CommandTemplate& parts, const ScanError& error) {
  const TextPlace place = place_of(parts, error.origin);
  Finding finding;
  finding.line = place.line;
  finding.column = place.column;
  finding.message = error.message;
  if (error.variable >= 0) {
    finding.message = variable_name(parts, static_cast<std::size_t>(error.variable)) +
                      " can't be used here: " + error.message;
  }
  finding.remedy = error.remedy;
  return finding;
}

bool has_nul(const CommandTemplate& parts) {
  return std::any_of(parts.begin(), parts.end(), [](const TemplatePart& part) {
    return part.text.find('\0') != std::string::npos;
  });
}

void find_plain_program(PreparedCommand& command, const PrepareOptions& options,
                        std::vector<Finding>& findings) {
  if (command.needs_shell()) {
    return;
  }
  std::string name;
  for (const WordPiece& piece : command.words.front()) {
    name += piece.text;
  }
  command.program = find_program(name, options.search_path);
  if (command.program.empty()) {
    findings.push_back(at_start(Finding::Severity::warning,
                                "there is no program " + name + " that can be executed",
                                "install it, or give its path"));
  }
}

}  // namespace

Preparation prepare(const CommandTemplate& text, const PrepareOptions& options) {
  Preparation result;
  if (has_nul(text)) {
    result.findings.push_back(
        at_start(Finding::Severity::error, "there is a NUL byte in the text", "leave it out"));
    return result;
  }
  CommandTemplate parts = options.append_argument ? right_trimmed(text) : text;
  Scan scanned = scan_parts(parts);
  PreparedCommand command;
  if (options.append_argument && scanned.can_append) {
    parts.push_back({false, " "});
    parts.push_back({true, "the R-URI"});
    scanned = scan_parts(parts);
    command.takes_appended = true;
  } else if (options.append_argument && scanned.errors.empty()) {
    result.findings.push_back(at_start(
        Finding::Severity::warning,
        "the text ends so that no argument can follow: the R-URI is not handed over as one",
        "take it from the environment, as $$SIP_RURI"));
  }
  for (const ScanError& error : scanned.errors) {
    result.findings.push_back(of_error(parts, error));
  }
  if (!scanned.errors.empty()) {
    return result;
  }
  PrepareOptions risk_options = options;
  for (Finding& risk : find_risks(text, scan_parts(text), risk_options)) {
    result.findings.push_back(std::move(risk));
  }
  command.words = plain_words(scanned);
  command.shell_text = constant_text(parts, scanned);
  command.value_count = variables_in(parts);
  command.has_background_job = scanned.has_background_job;
  find_plain_program(command, options, result.findings);
  result.command = std::move(command);
  return result;
}

}  // namespace kamexec

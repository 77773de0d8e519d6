// SPDX-License-Identifier: GPL-2.0-or-later
#include "command/prepare.h"

#include <algorithm>

#include "command/argv.h"
#include "command/evaluations.h"
#include "command/insertion.h"
#include "command/known_programs.h"
#include "command/plain_words.h"
#include "command/scan.h"
#include "command/symbols.h"
#include "command/taint.h"
#include "command/word_risks.h"

namespace kamexec::command {
namespace {

constexpr const char* kAppendedName = "the R-URI";

std::size_t variables_in(const CommandTemplate& parts) {
  return static_cast<std::size_t>(
      std::count_if(parts.begin(), parts.end(), [](const auto& part) { return part.is_variable; }));
}

Scan scan_parts(const CommandTemplate& parts) {
  return scan(symbols_of(parts), variables_in(parts));
}

/// One more variable, as a word of its own, in front of the symbol at @p offset.
void insert_argument(CommandTemplate& parts, std::size_t offset) {
  std::size_t part = 0;
  for (; part < parts.size(); ++part) {
    const std::size_t size = parts[part].is_variable ? 1 : parts[part].text.size();
    if (offset < size) {
      break;
    }
    offset -= size;
  }
  const auto at = parts.begin() + static_cast<std::ptrdiff_t>(part);
  std::string rest;
  if (at != parts.end() && !at->is_variable) {
    rest = at->text.substr(offset);
    at->text.resize(offset);
    at->text += ' ';
    parts.insert(at + 1, {TemplatePart{true, kAppendedName}, TemplatePart{false, rest}});
  } else {
    parts.insert(at, {TemplatePart{false, " "}, TemplatePart{true, kAppendedName}});
  }
}

Finding at_start(Finding::Severity severity, std::string message, std::string remedy) {
  Finding finding;
  finding.severity = severity;
  finding.message = std::move(message);
  finding.remedy = std::move(remedy);
  return finding;
}

Finding of_error(const CommandTemplate& parts, const ScanError& error) {
  const TextPosition position = position_of(parts, error.origin);
  Finding finding;
  finding.line = position.line;
  finding.column = position.column;
  finding.message = error.message;
  if (error.variable >= 0) {
    finding.message = variable_name(parts, static_cast<std::size_t>(error.variable)) +
                      " can't be used here: " + error.message;
  }
  finding.remedy = error.remedy;
  return finding;
}

void find_cut_words(const CommandTemplate& parts, const Scan& scanned,
                    std::vector<Finding>& findings) {
  for (const CutWord& cut : scanned.cut_words) {
    const TextPosition position = position_of(parts, cut.origin);
    const std::string rest =
        cut.after.empty() ? "what follows" : "what follows, " + cut.after + ",";
    Finding finding;
    finding.severity = Finding::Severity::warning;
    finding.line = position.line;
    finding.column = position.column;
    finding.message =
        std::string("an unquoted ") + cut.sign + " ends the command here" +
        (cut.sign == '&' ? ", which the shell runs in the background, and " : ", and ") + rest +
        " is a command of its own";
    finding.remedy = "write the whole word in quotes";
    findings.push_back(std::move(finding));
  }
}

/// Whether the text can be prepared, but for what only matters to values.
bool is_complete(const Scan& scanned) {
  return std::all_of(scanned.errors.begin(), scanned.errors.end(),
                     [](const ScanError& error) { return error.about_values; });
}

std::vector<std::string> names_in(const CommandTemplate& parts) {
  std::vector<std::string> names;
  for (const TemplatePart& part : parts) {
    if (part.is_variable) {
      names.push_back(part.text);
    }
  }
  return names;
}

/// Values that a shell's own commands compute with, or take for a variable's name.
void add_evaluations(const CommandTemplate& parts, const Scan& scanned,
                     const PrepareOptions& options, std::vector<Finding>& findings) {
  const std::vector<std::string> names = names_in(parts);
  const auto name_in = [&](const ScannedWord& word) -> std::string {
    const auto is_harmful = [&](int variable) {
      return !options.facts(names[static_cast<std::size_t>(variable)]).is_number;
    };
    for (const WordPart& part : word.parts) {
      if (part.value >= 0 && is_harmful(part.value)) {
        return names[static_cast<std::size_t>(part.value)];
      }
    }
    const auto inner = std::find_if(word.inner.begin(), word.inner.end(), is_harmful);
    return inner == word.inner.end() ? std::string() : names[static_cast<std::size_t>(*inner)];
  };
  const auto is_callers = [&](const ScannedWord& word, bool) { return !name_in(word).empty(); };
  for (const Evaluation& evaluation : find_evaluations(scanned, is_callers)) {
    const TextPosition position = position_of(parts, evaluation.word->origin);
    Finding finding;
    finding.line = position.line;
    finding.column = position.column;
    finding.message = name_in(*evaluation.word) + " can't be used here: " + evaluation.what;
    finding.remedy = evaluation.remedy;
    findings.push_back(std::move(finding));
  }
}

/// Adds what makes the text impossible to prepare to @p findings; false: there is nothing.
bool find_errors(const CommandTemplate& parts, const Scan& scanned, const PrepareOptions& options,
                 std::vector<Finding>& findings) {
  const std::size_t before = findings.size();
  for (const ScanError& error : scanned.errors) {
    const bool is_harmless =
        error.computes &&
        options.facts(variable_name(parts, static_cast<std::size_t>(error.variable))).is_number;
    if (!is_harmless && (!error.about_values || !scanned.spots.empty())) {
      findings.push_back(of_error(parts, error));
    }
  }
  add_evaluations(parts, scanned, options, findings);
  return findings.size() > before;
}

/// `# kamexec: allow sh, awk`: what is let pass in this text.
bool is_let_pass(const Scan& scanned, std::string_view program) {
  constexpr std::string_view kMark = "kamexec: allow ";
  for (const std::string_view comment : scanned.comments) {
    const std::size_t begin = std::min(comment.find_first_not_of(' '), comment.size());
    if (!comment.substr(begin).starts_with(kMark)) {
      continue;
    }
    std::string names(comment.substr(begin + kMark.size()));
    std::replace_if(
        names.begin(), names.end(), [](char c) { return c == ',' || c == '\t' || c == '\r'; }, ' ');
    if (lists(names, program)) {
      return true;
    }
  }
  return false;
}

/// What the taint analysis finds; true: some of it is an error.
bool add_interpreted(const CommandTemplate& parts, const Scan& scanned, int appended,
                     const PrepareOptions& options, Warnings& warnings,
                     std::vector<Finding>& findings) {
  bool has_error = false;
  const Interpretation found = find_interpreted(scanned, names_in(parts), appended, options);
  for (const Interpreted& place : found.places) {
    const bool is_allowed = is_let_pass(scanned, place.program);
    const bool is_error = !is_allowed && options.interpreted == InterpretedValues::refuse;
    const TextPosition position = position_of(parts, place.origin);
    Finding finding;
    finding.severity = is_error ? Finding::Severity::error : Finding::Severity::warning;
    finding.line = position.line;
    finding.column = position.column;
    finding.is_interpreted = true;
    finding.is_let_pass = is_allowed;
    finding.message = place.source + (is_error ? " can't be used here: " : ": ") + place.message;
    finding.remedy = place.remedy;
    if (is_allowed) {
      finding.message += ", allowed by # kamexec: allow " + place.program;
    } else if (is_error) {
      finding.remedy +=
          "; if this position is safe, allow it by a comment in the text, "
          "# kamexec: allow " +
          place.program;
    }
    warnings.tell(place.variable);
    findings.push_back(std::move(finding));
    has_error = has_error || is_error;
  }
  return has_error;
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

ValueFacts PrepareOptions::facts(std::string_view name) const {
  if (std::find(numbers.begin(), numbers.end(), name) != numbers.end()) {
    return {.is_callers = false, .is_number = true, .may_be_option = false};
  }
  return facts_of == nullptr ? ValueFacts{} : facts_of(name);
}

Preparation prepare(const CommandTemplate& text, const PrepareOptions& options) {
  Preparation result;
  if (has_nul(text)) {
    result.findings.push_back(
        at_start(Finding::Severity::error, "there is a NUL byte in the text", "remove it"));
    return result;
  }
  CommandTemplate parts = text;
  Scan scanned = scan_parts(parts);
  PreparedCommand command;
  if (options.append_argument && scanned.append_at && is_complete(scanned)) {
    insert_argument(parts, *scanned.append_at);
    scanned = scan_parts(parts);
    command.takes_appended = true;
  }
  const bool has_errors = find_errors(parts, scanned, options, result.findings);
  const int appended = command.takes_appended ? static_cast<int>(variables_in(parts)) - 1 : -1;
  Warnings warnings(parts);
  const bool has_code =
      options.interpreted != InterpretedValues::ignore &&
      add_interpreted(parts, scanned, appended, options, warnings, result.findings);
  if (has_errors || has_code) {
    return result;
  }
  if (options.append_argument && !command.takes_appended) {
    result.findings.push_back(
        at_start(Finding::Severity::warning,
                 "no argument can follow the end of the text: the R-URI is not appended",
                 "read it from the environment, as $$SIP_RURI"));
  }
  command.value_count = variables_in(parts);
  find_word_risks(scanned, options, appended, warnings);
  find_cut_words(parts, scanned, result.findings);
  for (Finding& warning : warnings.take()) {
    result.findings.push_back(std::move(warning));
  }
  command.words = plain_words(scanned);
  command.shell_text = constant_text(parts, scanned);
  command.has_background_job = scanned.has_background_job;
  find_plain_program(command, options, result.findings);
  result.command = std::move(command);
  return result;
}

}  // namespace kamexec::command

// SPDX-License-Identifier: GPL-2.0-or-later
#include "tool/try/command_of.h"

#include "base/printable.h"
#include "command/template.h"
#include "engine/prepare_options.h"
#include "engine/syntax_check.h"
#include "program/program_call.h"
#include "program/program_command.h"
#include "variables/split_variables.h"
#include "variables/value_facts.h"

namespace kamexec::tool {
namespace {

constexpr std::size_t kShown = 500;

command::Finding error(std::string message, std::string remedy) {
  command::Finding finding;
  finding.message = std::move(message);
  finding.remedy = std::move(remedy);
  return finding;
}

void call_by_name(TryCall call, const command::CommandTemplate& parts,
                  const program::Programs& programs, TriedCommand& result) {
  const auto read = program::read_program_call(parts);
  if (!read) {
    result.findings.push_back(read.error());
    return;
  }
  result.program = programs.find(read->program);
  if (result.program == nullptr) {
    result.findings.push_back(error(
        programs.unknown(read->program).message,
        "define it here too: --program 'name=" + printable(read->program, kShown) +
            "; run=...', or --programs-file PATH, or --service SOCKET where kamexecd runs it"));
    return;
  }
  result.prepared = program::call_command(
      *result.program, *read,
      call == TryCall::dset ? program::CallTail::one_more_value : program::CallTail::as_written);
}

void shell_command(TryCall call, const command::CommandTemplate& parts,
                   const TrySurroundings& surroundings, TriedCommand& result) {
  if (!command::has_fixed_text(parts)) {
    result.findings.push_back(
        error("the command is a single variable: its value would choose what runs, and the module "
              "refuses that",
              "write the program's name as text and the variable as its argument"));
    return;
  }
  const std::string input = variables::callers_input(function_name(call), surroundings.input);
  command::Preparation preparation = engine::prepare_to_load(
      parts, engine::prepare_options({.function = function_name(call),
                                      .search_path = surroundings.search_path,
                                      .input = input,
                                      .set_variables = surroundings.set_variables}));
  result.findings = std::move(preparation.findings);
  result.prepared = std::move(preparation.command);
  if (result.prepared && result.prepared->needs_shell()) {
    if (const auto checked = engine::check_shell_syntax(result.prepared->shell_text); !checked) {
      result.findings.push_back(
          error(printable(checked.error().message, kShown), "write what /bin/sh can parse"));
      result.prepared.reset();
    }
  }
}

}  // namespace

TriedCommand command_of(TryCall call, const std::string& text, const program::Programs& programs,
                        const TrySurroundings& surroundings) {
  TriedCommand result;
  const auto parts = variables::split_variables(text);
  if (!parts) {
    result.findings.push_back(parts.error());
    return result;
  }
  for (const command::TemplatePart& part : *parts) {
    if (part.is_variable) {
      result.variables.push_back(part.text);
    }
  }
  if (program::is_program_call(*parts)) {
    call_by_name(call, *parts, programs, result);
  } else {
    shell_command(call, *parts, surroundings, result);
  }
  return result;
}

}  // namespace kamexec::tool

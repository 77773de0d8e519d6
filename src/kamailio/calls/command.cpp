// SPDX-License-Identifier: GPL-2.0-or-later
#include "kamailio/calls/command.h"

#include "base/printable.h"
#include "command/prepare.h"
#include "engine/prepare_options.h"
#include "kamailio/calls/dynamic_policy.h"
#include "kamailio/calls/function_names.h"
#include "kamailio/calls/shell_check.h"
#include "kamailio/host/guard.h"
#include "kamailio/host/log.h"
#include "kamailio/host/text.h"
#include "kamailio/programs/named_programs.h"
#include "kamailio/programs/server_executor.h"
#include "kamailio/programs/service_programs.h"
#include "kamailio/state/settings.h"
#include "program/program_call.h"
#include "program/program_command.h"
#include "variables/value_facts.h"

namespace kamexec::module {
namespace {

constexpr const char* kCommand = "the command";

command::CommandTemplate template_of(const HostFormat& format,
                                     std::vector<std::size_t>& variable_parts) {
  command::CommandTemplate parts;
  for (std::size_t i = 0; i < host_format_parts(&format); ++i) {
    int is_variable = 0;
    const HostText text = host_format_part(&format, i, &is_variable);
    parts.push_back(command::TemplatePart{is_variable != 0, std::string(view(text))});
    if (is_variable != 0) {
      variable_parts.push_back(i);
    }
  }
  return parts;
}

command::PrepareOptions options_for(KamexecFunction function, std::string_view input) {
  return engine::prepare_options({.function = name_of(function),
                                  .search_path = search_path(),
                                  .input = input,
                                  .set_variables = settings().set_variables,
                                  .interpreted = settings().interpreted,
                                  .interpreters = &settings().interpreters});
}

void log_finding(const std::string& label, const command::Finding& finding,
                 LogSource from = LogSource::current()) {
  const std::string line = finding_text(label, kCommand, finding);
  if (finding.severity == command::Finding::Severity::error) {
    log_error(line, from);
  } else {
    log_warning(line, from);
  }
}

/// `@name arguments`: what the program is asked, in whichever way it is run.
bool read_call(Command& command, const command::CommandTemplate& parts) {
  const auto call = program::read_program_call(parts);
  if (!call) {
    log_finding(command.label, call.error());
    return false;
  }
  command.program = named_programs().find(call->program);
  if (command.program == nullptr && !settings().service.empty()) {
    command.asked = asked_program(call->program);
    command.program = command.asked.get();
  }
  if (command.program == nullptr) {
    log_error(command.label + ": " + named_programs().unknown(call->program).message);
    return false;
  }
  const bool dset = command.function == KAMEXEC_DSET;
  command.prepared = program::call_command(
      *command.program, *call,
      dset ? program::CallTail::one_more_value : program::CallTail::as_written);
  return true;
}

}  // namespace

std::string label_of(KamexecFunction function, std::string_view text, KamexecLocation place) {
  const std::string where = place_text(place);
  return std::string(name_of(function)) + "(\"" + printable(text, 80) + "\")" +
         (where.empty() ? "" : " at " + where);
}

void Command::evaluate(HostMessage* message, Values& into) const {
  for (const std::size_t part : variable_parts) {
    HostCallback add([&into](HostText value) { into.add(view(value)); });
    host_format_value(message, format.get(), part, add.call<HostText>, &add);
    add.rethrow();
  }
}

std::unique_ptr<Command> command_from_parts(KamexecFunction function, std::string_view text,
                                            const command::CommandTemplate& parts,
                                            std::string_view input, KamexecLocation place) {
  auto command = std::make_unique<Command>();
  command->function = function;
  command->label = label_of(function, text, place);
  if (program::is_program_call(parts)) {
    return read_call(*command, parts) ? std::move(command) : nullptr;
  }
  if (!command::has_fixed_text(parts)) {
    if (settings().dynamic != DynamicPolicy::allow) {
      log_dynamic_refused(function, place);
      return nullptr;
    }
    command->is_whole_value = true;
    return command;
  }
  command::Preparation preparation = engine::prepare_to_load(parts, options_for(function, input));
  for (const command::Finding& finding : preparation.findings) {
    log_finding(command->label, finding);
  }
  if (!preparation.command) {
    return nullptr;
  }
  command->prepared = std::move(*preparation.command);
  return command;
}

std::unique_ptr<Command> load_command(KamexecFunction function, HostText text, HostText input,
                                      KamexecLocation place) {
  Format format = parse_format(label_of(function, view(text), place), kCommand, text);
  if (!format) {
    return nullptr;
  }
  std::vector<std::size_t> variable_parts;
  const command::CommandTemplate parts = template_of(*format, variable_parts);
  auto command = command_from_parts(
      function, view(text), parts, variables::callers_input(name_of(function), view(input)), place);
  if (!command) {
    return nullptr;
  }
  const bool is_text = !command->is_whole_value && command->program == nullptr;
  if (is_text && !shell_accepts(command->label, command->prepared)) {
    return nullptr;
  }
  command->format = std::move(format);
  command->variable_parts = std::move(variable_parts);
  return command;
}

std::unique_ptr<Command> command_as_given(KamexecFunction function, std::string_view text) {
  auto command = std::make_unique<Command>();
  command->function = function;
  command->label = label_of(function, text, KamexecLocation{nullptr, 0});
  const command::CommandTemplate parts{command::TemplatePart{false, std::string(text)}};
  if (program::is_program_call(parts)) {
    return read_call(*command, parts) ? std::move(command) : nullptr;
  }
  command::PrepareOptions options = options_for(function, {});
  options.interpreted = command::InterpretedValues::ignore;  // runs as given, and at each call
  command::Preparation preparation = command::prepare(parts, options);
  if (!preparation.command) {
    for (const command::Finding& finding : preparation.findings) {
      log_finding(command->label, finding);
    }
    return nullptr;
  }
  command->prepared = std::move(*preparation.command);
  return command;
}

}  // namespace kamexec::module

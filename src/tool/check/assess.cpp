// SPDX-License-Identifier: GPL-2.0-or-later
#include "program/program_call.h"
#include "tool/check/assessment.h"
#include "tool/check/exec_functions.h"
#include "tool/check/parser.h"
#include "tool/check/preparation.h"
#include "tool/check/uses.h"
#include "variables/split_variables.h"

namespace kamexec::tool::check {
namespace {

/// A text that no one sees before it runs.
void assess_built(Assessment& assessment, const std::vector<std::string>& variables,
                  SourceLocation location, const Surroundings& surroundings) {
  raise(assessment, Level::unseen, "the text is built at run time");
  for (const std::string& variable : variables) {
    assessment.uses.push_back(built_use(variable, location, surroundings));
    raise(assessment, assessment.uses.back().level);
  }
  if (!surroundings.dynamic_allowed) {
    refuse(assessment, location, "the command is built at run time: text from a caller could run",
           "write the text as one string with the variables in it, as in " +
               assessment.call.function +
               "(\"/usr/local/bin/lookup $rU\"), which passes them safely; or, if the command "
               "must come from a variable, modparam(\"exec\", \"dynamic_commands\", \"allow\")");
  }
}

/// The server refuses a '$' that is no variable: so do both modules.
void assess_unreadable(Assessment& assessment, const Argument& command, SourceLocation location,
                       const command::Finding& finding, const Surroundings& surroundings) {
  raise(assessment, Level::unseen, "the text can't be parsed as the server parses it");
  for (const std::string& variable : variables_in(command.text)) {
    Use use = built_use(variable, location, surroundings);
    if (use.origin.control == variables::Control::caller) {
      raise(assessment, use.level);
      assessment.uses.push_back(std::move(use));
    }
  }
  const command::CommandTemplate whole = {{false, command.text}};
  say(assessment, finding, TemplateLocations(command, whole, location));
}

void assess_pasted(Assessment& assessment, const command::CommandTemplate& parts,
                   const TemplateLocations& locations, const Surroundings& surroundings) {
  if (!is_stock_function(assessment.call.function)) {
    raise(assessment, Level::own, "the stock module has no such function");
    return;
  }
  assessment.uses = uses_of(parts, locations, assessment.call.checks, surroundings);
  if (adds_uri(assessment.call.function)) {
    assessment.uses.push_back(added_uri(assessment.call.location));
  }
  for (const Use& use : assessment.uses) {
    raise(assessment, use.level);
  }
}

void assess_constant(Assessment& assessment, const Argument& command,
                     const Surroundings& surroundings) {
  const SourceLocation location = assessment.call.location;
  std::vector<variables::VariableFinding> missing;
  const auto parts = variables::split_variables(command.text, surroundings.modules, &missing);
  if (!parts) {
    assess_unreadable(assessment, command, location, parts.error(), surroundings);
    return;
  }
  const TemplateLocations locations(command, *parts, location);
  for (const variables::VariableFinding& one : missing) {
    assessment.missing.push_back({one.missing_module, said_of(one.finding, locations)});
  }
  if (program::is_program_call(*parts)) {
    assess_program_call(assessment, *parts, locations, surroundings);
    return;
  }
  if (!command::has_fixed_text(*parts)) {
    assess_built(assessment, variables_in(command.text), locations.of_part(0), surroundings);
    return;
  }
  assess_pasted(assessment, *parts, locations, surroundings);
  PreparationOptions wanted{assessment.call.function, {}, surroundings.asks_shell, false};
  if (assessment.call.arguments.size() > 1) {
    const Argument& input = assessment.call.arguments[1];
    wanted.input = input.kind == Argument::Kind::constant ? input.text : "$var(x)";
  }
  add_preparation(assessment, *parts, locations, surroundings, wanted);
}

}  // namespace

std::string_view word_of(Level level) {
  switch (level) {
    case Level::constant:
      return "constant";
    case Level::own:
      return "own";
    case Level::limited:
      return "limited";
    case Level::possible:
      return "possible";
    case Level::unseen:
      return "unseen";
    case Level::danger:
      return "danger";
  }
  return "";
}

Surroundings surroundings_of(const Configuration& configuration) {
  Surroundings surroundings{configuration, trace(configuration.assignments), {}, {}, {}, true, {}};
  surroundings.programs = named_programs(configuration);
  surroundings.modules.some = !configuration.modules.empty();
  surroundings.modules.loaded = configuration.modules;
  surroundings.modules.version = configuration.version;
  for (const Parameter& parameter : configuration.parameters) {
    if (parameter.name == "dynamic_commands") {
      surroundings.dynamic_allowed = parameter.value == "allow";
      surroundings.scripts_refused = parameter.value == "refuse";
    } else if (parameter.name == "setvars") {
      surroundings.set_variables = parameter.value != "0";
    } else if (parameter.name == "interpreted_values") {
      surroundings.interpreted = parameter.value == "warn" ? command::InterpretedValues::warn
                                                           : command::InterpretedValues::refuse;
    } else if (parameter.name == "interpreter") {
      static_cast<void>(surroundings.interpreters->add(parameter.value));
    }
  }
  return surroundings;
}

Assessment assess(const Call& call, const Surroundings& surroundings) {
  Assessment assessment;
  assessment.call = call;
  if (call.arguments.empty()) {
    raise(assessment, Level::unseen, "there is no command");
    refuse(assessment, call.location, call.function + " needs a command", "");
    return assessment;
  }
  const Argument& command = call.arguments.front();
  assessment.command = command.text;
  if (command.kind == Argument::Kind::expression) {
    assess_built(assessment, command.variables, call.location, surroundings);
  } else {
    assess_constant(assessment, command, surroundings);
  }
  if (command.is_doubtful) {
    raise(assessment, Level::unseen,
          "a define or a #!subst in the text could not be evaluated: see the notes");
  }
  return assessment;
}

}  // namespace kamexec::tool::check

// SPDX-License-Identifier: GPL-2.0-or-later
#include "tool/check/assess_script.h"

#include "program/program_call.h"
#include "tool/check/exec_functions.h"
#include "tool/check/preparation.h"

namespace kamexec::tool::check {

Assessment assess_script_call(const ScriptCall& call, const Surroundings& surroundings) {
  Assessment assessment;
  assessment.call.location = call.location;
  assessment.call.function = call.function;
  assessment.call.route = "a script";
  assessment.command = call.text;
  const bool is_stock = is_stock_function(call.function);
  const std::string_view name = without_values(call.function);
  const bool has_values = name.size() < call.function.size();
  if (!call.is_literal) {
    const std::string own = has_values ? call.function : call.function + "_p1";
    raise(assessment, Level::unseen, "the text is built by the script");
    assessment.said.push_back({false, call.location,
                               "values that the script puts into the text are not seen",
                               "pass them beside it: KSR.exec." + own + "(\"command $1\", value)"});
  }
  if (call.is_literal) {
    const command::CommandTemplate parts = has_values
                                               ? command::read_positional(call.text).parts
                                               : command::CommandTemplate{{false, call.text}};
    const TemplateLocations locations({}, parts, call.location);
    if (program::is_program_call(parts)) {
      assess_program_call(assessment, parts, locations, surroundings);
      // A name alone holds nothing of a caller's: no policy refuses it.
      if (has_values || call.text == "@" + assessment.program) {
        return assessment;
      }
    } else {
      // What a script hands to standard input isn't seen.
      add_preparation(assessment, parts, locations, surroundings,
                      {std::string(name), "$var(x)", surroundings.asks_shell, !has_values});
    }
    if (!is_stock) {
      raise(assessment, Level::own, "the stock module has no such function");
    }
    if (is_stock && adds_uri(call.function) && assessment.program.empty()) {
      assessment.uses.push_back(added_uri(call.location));
      raise(assessment, Level::danger);
    }
  }
  if (!has_values && surroundings.scripts_refused) {
    refuse(assessment, call.location, "dynamic_commands is \"refuse\"",
           "KSR.exec." + call.function + "_p1(\"command $1\", value), " + call.function +
               "_p0 if there is none");
  }
  return assessment;
}

}  // namespace kamexec::tool::check

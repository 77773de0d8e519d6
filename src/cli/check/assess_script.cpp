// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/check/assess_script.h"

#include "cli/check/exec_functions.h"
#include "cli/check/preparation.h"

namespace kamexec::check {

Assessment assess_script_call(const ScriptCall& call, const Surroundings& surroundings) {
  Assessment assessment;
  assessment.call.place = call.place;
  assessment.call.function = call.function;
  assessment.call.route = "a script";
  assessment.command = call.text;
  const bool is_stock = is_stock_function(call.function);
  const bool has_values =
      call.function.size() > 3 && call.function.find("_p") + 3 == call.function.size();
  if (!call.is_literal) {
    const std::string own = has_values ? call.function : call.function + "_p1";
    raise(assessment, Level::unseen, "the text is built by the script");
    assessment.said.push_back(
        {false, call.place, "values that the script pastes into the text are not seen",
         "hand them over beside it: KSR.exec." + own + "(\"command $1\", value)"});
  }
  if (call.is_literal) {
    const CommandTemplate parts =
        has_values ? read_positional(call.text).parts : CommandTemplate{{false, call.text}};
    if (!is_stock) {
      raise(assessment, Level::own, "the stock module has no such function");
    }
    if (is_stock && adds_uri(call.function)) {
      assessment.uses.push_back(added_uri(call.place));
      raise(assessment, Level::danger);
    }
    add_preparation(
        assessment, parts, TemplatePlaces({}, parts, call.place),
        {adds_uri(call.function.substr(0, call.function.find("_p"))), surroundings.asks_shell});
  }
  if (!has_values && surroundings.scripts_refused) {
    refuse(assessment, call.place, "dynamic_commands is \"refuse\"",
           "KSR.exec." + call.function + "_p1(\"command $1\", value)");
  }
  return assessment;
}

}  // namespace kamexec::check

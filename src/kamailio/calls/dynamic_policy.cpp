// SPDX-License-Identifier: GPL-2.0-or-later
#include "kamailio/calls/dynamic_policy.h"

#include <algorithm>
#include <functional>
#include <string>
#include <unordered_set>

#include "base/printable.h"
#include "kamailio/calls/function_names.h"
#include "kamailio/host/log.h"
#include "kamailio/state/state.h"
#include "program/program_call.h"
#include "program/program_definition.h"

namespace kamexec::module {
namespace {

/// Texts that hold values differ at every call: past this many the log has been told often enough.
constexpr std::size_t kMostWarnings = 100;

bool is_new(KamexecFunction function, std::string_view text) {
  std::unordered_set<std::size_t>& seen = process_state().kemi_texts_warned_of;
  if (seen.size() >= kMostWarnings) {
    return false;
  }
  const std::size_t key =
      std::hash<std::string_view>()(text) * 31 + static_cast<std::size_t>(function);
  return seen.insert(key).second;
}

std::string safe_form(KamexecFunction function) {
  const std::string name(name_of(function));
  if (function == KAMEXEC_RUN) {
    return "KSR.exec.exec_run_p1(\"command $1\", stdin, outvar, errvar, value), exec_run_p0 if "
           "there is none";
  }
  return "KSR.exec." + name + "_p1(\"command $1\", value), " + name + "_p0 if there is none";
}

/// What the values can do that were pasted into a text.
std::string_view danger_of(std::string_view text) {
  return program::is_program_call({command::TemplatePart{false, std::string(text)}})
             ? " runs as it is: values in the text can become more than one argument; "
             : " runs as it is: values in the text can run a caller's commands; ";
}

}  // namespace

bool is_program_name_alone(std::string_view text) {
  return text.size() > 1 && text.front() == '@' &&
         std::all_of(text.begin() + 1, text.end(), program::is_program_name_byte);
}

bool kemi_text_allowed(KamexecFunction function, std::string_view text) {
  if (is_program_name_alone(text)) {
    return true;
  }
  const DynamicPolicy policy = settings().dynamic;
  const std::string said = std::string(name_of(function)) + "(\"" + printable(text, 80) + "\")";
  if (policy == DynamicPolicy::refuse) {
    log_error(said + " refused: dynamic_commands is \"refuse\"; pass values beside the text: " +
              safe_form(function));
    return false;
  }
  if (policy == DynamicPolicy::automatic && is_new(function, text)) {
    log_warning(said + std::string(danger_of(text)) +
                "pass them beside it: " + safe_form(function));
  }
  return true;
}

void log_dynamic_refused(KamexecFunction function, KamexecLocation place) {
  const std::string name(name_of(function));
  const std::string where = place_text(place);
  log_error((where.empty() ? "" : where + ": ") + name +
            " has a command that is built at run time: text from a caller could run. Write the "
            "text as one string with the variables in it, as in " +
            name +
            "(\"/usr/local/bin/lookup $rU\"), which passes them safely; or, if the command must "
            "come from a variable, modparam(\"exec\", \"dynamic_commands\", \"allow\")");
}

}  // namespace kamexec::module

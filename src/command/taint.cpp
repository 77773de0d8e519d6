// SPDX-License-Identifier: GPL-2.0-or-later
#include "command/taint.h"

#include "command/taint_state.h"

namespace kamexec::command {

namespace {

using taint::kClean;
using taint::State;

/// The first thing in a text that is a caller's; kClean: nothing is.
taint::Taint add_sources(State& state, taint::Text& text, const std::vector<std::string>& names) {
  const PrepareOptions& options = state.options;
  taint::Taint first = kClean;
  for (std::size_t i = 0; i < names.size(); ++i) {
    state.values.push_back(options.facts(names[i]).is_callers
                               ? state.traces.source(names[i], static_cast<int>(i))
                               : kClean);
    first = taint::either(first, state.values.back());
  }
  if (options.environment_is_callers) {
    state.environment = state.traces.source("SIP_* of the environment", -1);
    first = taint::either(first, state.environment);
  }
  if (!options.input.empty()) {
    text.input = state.traces.source(std::string(options.input), -1);
    first = taint::either(first, text.input);
  }
  return first;
}

/// Passes over the text until nothing new is found.
void follow_all(State& state, taint::Text& text) {
  for (int pass = 0; pass < taint::kMostPasses && !state.is_spent(); ++pass) {
    state.changed = false;
    taint::follow(state, text);
    if (!state.changed) {
      break;
    }
    if (pass + 1 == taint::kMostPasses && state.any_variable() != kClean) {
      state.anything = state.any_variable();
    }
  }
  state.reports = true;
  if (!state.is_spent()) {
    taint::follow(state, text);
  }
}

}  // namespace

Interpretation find_interpreted(const Scan& scan, const std::vector<std::string>& names,
                                int appended, const PrepareOptions& options) {
  State state(options, appended);
  taint::Text text(scan, 0);
  const taint::Taint first = add_sources(state, text, names);
  if (first == kClean) {
    return {};
  }
  follow_all(state, text);
  if (state.is_spent()) {
    Interpreted whole;
    whole.variable = state.traces.variable_of(first);
    whole.source = state.traces.source_of(first);
    whole.program = "length";
    whole.message = "the text is too long or too complex to be followed";
    whole.remedy = "put the text into a script of its own, and pass the value to it";
    state.found.push_back(std::move(whole));
  }
  return {std::move(state.found), state.steps};
}

}  // namespace kamexec::command

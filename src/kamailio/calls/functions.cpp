// SPDX-License-Identifier: GPL-2.0-or-later
#include "kamailio/calls/functions.h"

#include <utility>

#include "kamailio/calls/call_state.h"
#include "kamailio/calls/facts.h"
#include "kamailio/calls/function_names.h"
#include "kamailio/calls/results.h"
#include "kamailio/host/text.h"
#include "kamailio/programs/server_executor.h"
#include "kamailio/state/state.h"
#include "output/uri_argument.h"

namespace kamexec::module {
namespace {

/// An error of the output: the program's own "no" stays the cause where it said so.
void take_error(process::RunResult& result, const Applied& applied) {
  if (!applied && result.outcome.cause == process::Cause::ok) {
    result.outcome.cause = applied.error().cause;
    result.outcome.detail = applied.error().detail;
  }
}

/// Completes the values of the variables with what the function adds: exec_dset's R-URI.
tl::expected<void, process::Outcome> complete_values(HostMessage* message, const Command& command,
                                                     Values& values) {
  if (command.function != KAMEXEC_DSET) {
    return {};
  }
  if (host_can_set_uri(message) == 0) {
    return tl::unexpected<process::Outcome>(
        process::Outcome::refused("the R-URI can't be set in this route"));
  }
  if (command.prepared.takes_appended) {
    const std::string_view uri = view(host_current_uri(message));
    if (const Result<void> usable = output::check_uri_argument(uri); !usable) {
      return tl::unexpected<process::Outcome>(process::Outcome::unusable(usable.error().message));
    }
    values.add(uri);
  }
  return {};
}

/// Adds the SIP variables of @p message, unless the settings say that there are none.
Result<void> add_variables(HostMessage* message, CallState& state) {
  if (!settings().set_variables) {
    return {};
  }
  if (!gather_facts(message, state.facts)) {
    return failure("the message's headers can't be parsed");
  }
  request::EnvironmentOptions options;
  options.bash_safety = settings().bash_safety;
  request::add_request(state.facts, options, state.buffers.variables);
  return {};
}

/// What @p needs ask for of the message and of the function's arguments.
void add_request_parts(HostMessage* message, KamexecFunction function,
                       const CallArguments& arguments, const engine::Needs& needs,
                       engine::Invocation& to) {
  to.call = worker_call(function);
  to.uri = view(host_current_uri(message));
  if (needs.input) {
    to.input = function == KAMEXEC_MSG ? view(host_received_message(message)) : arguments.input;
  }
  if (needs.message) {
    to.message = function == KAMEXEC_RUN ? arguments.input : view(host_received_message(message));
  }
}

}  // namespace

tl::expected<engine::Invocation, process::Outcome> invocation_of(
    HostMessage* message, const Command& command, Values& values, const CallArguments& arguments,
    const engine::Needs& needs, TimePoint requested) {
  if (auto complete = complete_values(message, command, values); !complete) {
    return tl::unexpected<process::Outcome>(std::move(complete.error()));
  }
  CallState& state = process_state().call_state.get();
  state.buffers.variables.clear();
  if (needs.variables && command.function != KAMEXEC_CMD) {
    if (Result<void> added = add_variables(message, state); !added) {
      return tl::unexpected<process::Outcome>(process::Outcome::refused(std::move(added.error())));
    }
  }
  Result<engine::Invocation> made = engine::make_invocation({.command = command.prepared,
                                                             .program = command.program,
                                                             .values = values.views(),
                                                             .search_path = search_path(),
                                                             .limits = settings().run,
                                                             .requested = requested},
                                                            state.buffers);
  if (!made) {
    return tl::unexpected<process::Outcome>(process::Outcome::refused(std::move(made.error())));
  }
  made->capture_output = command.function == KAMEXEC_DSET || command.function == KAMEXEC_AVP ||
                         arguments.out != nullptr || !arguments.out_name.empty();
  made->capture_error =
      made->capture_error || arguments.err != nullptr || !arguments.err_name.empty();
  add_request_parts(message, command.function, arguments, needs, *made);
  return *made;
}

void apply_result(HostMessage* message, KamexecFunction function, const std::string& label,
                  const CallArguments& arguments, process::RunResult& result, TimePoint until) {
  if (!engine::output_counts(result.outcome)) {
    return;
  }
  switch (function) {
    case KAMEXEC_DSET:
      take_error(result, apply_uris(message, label, result.output));
      break;
    case KAMEXEC_AVP:
      take_error(result, apply_avps(message, label, arguments.avps, result.output, until));
      break;
    case KAMEXEC_RUN:
      take_error(result, apply_variable(message, arguments.out, result.output));
      take_error(result, apply_variable(message, arguments.err, result.error));
      break;
    case KAMEXEC_MSG:
    case KAMEXEC_CMD:
      break;
  }
}

StandardError standard_error_of(const CallArguments& arguments, const process::RunResult& result) {
  return arguments.err != nullptr && engine::output_counts(result.outcome)
             ? StandardError::to_script
             : StandardError::to_log;
}

int call_now(HostMessage* message, const Command& command, Values& values,
             const CallArguments& arguments) {
  const TimePoint requested = Clock::now();
  engine::Executor& executor = server_executor();
  process::RunResult result;
  TimePoint until = kNoDeadline;
  if (const Result<engine::Needs> needs = executor.needs(command.program); !needs) {
    result.outcome = process::Outcome::refused(needs.error());
  } else if (auto made = invocation_of(message, command, values, arguments, *needs, requested);
             !made) {
    result.outcome = std::move(made.error());
  } else {
    until = made->deadline;
    executor.run(*made, result);
  }
  const StandardError error = standard_error_of(arguments, result);
  apply_result(message, command.function, command.label, arguments, result, until);
  return record_call(command.label, result, command.program, error);
}

}  // namespace kamexec::module

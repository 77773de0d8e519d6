// SPDX-License-Identifier: GPL-2.0-or-later
#include "kamailio/calls/functions.h"

#include "kamailio/calls/results.h"
#include "kamailio/host/text.h"
#include "kamailio/state/settings.h"
#include "output/uri_argument.h"

namespace kamexec {
namespace {

/// What was printed counts after exit 0 and after a "no" (`if (!exec_avp(...))
/// xlog("$avp(reason)")`).
bool output_counts(const RunResult& result) {
  return result.outcome.cause == Cause::ok || result.outcome.cause == Cause::nonzero_exit;
}

/// An error of the output: the program's own "no" stays the cause where it said so.
void take_error(RunResult& result, const Applied& applied) {
  if (!applied && result.outcome.cause == Cause::ok) {
    result.outcome.cause = applied.error().cause;
    result.outcome.detail = applied.error().detail;
  }
}

/// Of a call that is made now.
TimePoint deadline_of(const Command& command) {
  const std::chrono::milliseconds timeout =
      command.program != nullptr ? command.program->definition.timeout : settings().run.timeout;
  return timeout.count() > 0 ? after(Clock::now(), timeout) : kNoDeadline;
}

}  // namespace

CallWants wants_of(KamexecFunction function, HostMessage* message, const CallArguments& arguments) {
  CallWants wants;
  wants.variables = function != KAMEXEC_CMD;
  wants.output = function == KAMEXEC_DSET || function == KAMEXEC_AVP || arguments.out != nullptr;
  wants.error = arguments.err != nullptr;
  wants.input = function == KAMEXEC_MSG ? view(host_received_message(message)) : arguments.input;
  return wants;
}

tl::expected<void, Outcome> complete_values(HostMessage* message, const Command& command,
                                            Values& values) {
  if (command.function != KAMEXEC_DSET) {
    return {};
  }
  if (host_can_set_uri(message) == 0) {
    return tl::unexpected<Outcome>(refused("the R-URI can't be set in this route").outcome);
  }
  if (command.prepared.takes_appended) {
    const std::string_view uri = view(host_current_uri(message));
    if (const Result<void> usable = check_uri_argument(uri); !usable) {
      Outcome outcome;
      outcome.cause = Cause::unusable;
      outcome.detail = usable.error().message;
      return tl::unexpected<Outcome>(std::move(outcome));
    }
    values.add(uri);
  }
  return {};
}

void apply_result(HostMessage* message, KamexecFunction function, const std::string& label,
                  const CallArguments& arguments, RunResult& result, TimePoint until) {
  if (!output_counts(result)) {
    return;
  }
  switch (function) {
    case KAMEXEC_DSET:
      take_error(result, apply_uris(message, label, result.output));
      break;
    case KAMEXEC_AVP:
      take_error(result, apply_avps(message, label, arguments.names, result.output, until));
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

StandardError standard_error_of(const CallArguments& arguments, const RunResult& result) {
  return arguments.err != nullptr && output_counts(result) ? StandardError::to_script
                                                           : StandardError::to_log;
}

int call_now(HostMessage* message, const Command& command, Values& values,
             const CallArguments& arguments) {
  const TimePoint until = deadline_of(command);
  RunResult result;
  if (auto complete = complete_values(message, command, values); complete) {
    result =
        make_call(message, command, values.views(), wants_of(command.function, message, arguments));
  } else {
    result.outcome = std::move(complete.error());
  }
  const StandardError error = standard_error_of(arguments, result);
  apply_result(message, command.function, command.label, arguments, result, until);
  return record_call(command.label, result, command.program, error);
}

}  // namespace kamexec

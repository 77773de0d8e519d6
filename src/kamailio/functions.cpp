// SPDX-License-Identifier: GPL-2.0-or-later
#include "kamailio/functions.h"

#include "kamailio/call.h"
#include "kamailio/results.h"
#include "kamailio/text.h"

namespace kamexec {
namespace {

/// What was printed counts after exit 0 and after a "no" (`if (!exec_avp(...))
/// xlog("$avp(reason)")`).
bool output_counts(const RunResult& result) {
  return result.outcome.cause == Cause::ok || result.outcome.cause == Cause::said_no;
}

/// An error of the output: the program's own "no" stays the cause where it said so.
void take_error(RunResult& result, const Result<void>& applied) {
  if (!applied && result.outcome.cause == Cause::ok) {
    result.outcome.cause = Cause::unusable;
    result.outcome.detail = applied.error().message;
  }
}

}  // namespace

int exec_dset(HostMessage* message, const Command& command, Values& values) {
  if (host_can_set_uri(message) == 0) {
    RunResult result = refused("the R-URI can't be set in this route");
    return record_call(command.label, result);
  }
  if (command.prepared.takes_appended) {
    values.add(view(host_current_uri(message)));
  }
  CallWants wants;
  wants.output = true;
  RunResult result = make_call(message, command, values.views(), wants);
  if (output_counts(result)) {
    take_error(result, apply_uris(message, command.label, result.output));
  }
  return record_call(command.label, result);
}

int exec_msg(HostMessage* message, const Command& command, Values& values) {
  CallWants wants;
  wants.input = view(host_received_message(message));
  RunResult result = make_call(message, command, values.views(), wants);
  return record_call(command.label, result);
}

int exec_avp(HostMessage* message, const Command& command, Values& values, HostAvpList* names) {
  CallWants wants;
  wants.output = true;
  RunResult result = make_call(message, command, values.views(), wants);
  if (output_counts(result)) {
    take_error(result, apply_avps(message, command.label, names, result.output));
  }
  return record_call(command.label, result);
}

int exec_cmd(HostMessage* message, const Command& command, Values& values) {
  CallWants wants;
  wants.variables = false;
  RunResult result = make_call(message, command, values.views(), wants);
  return record_call(command.label, result);
}

int exec_run(HostMessage* message, const Command& command, Values& values,
             const RunArguments& arguments) {
  CallWants wants;
  wants.input = arguments.input;
  wants.output = arguments.out != nullptr;
  wants.error = arguments.err != nullptr;
  RunResult result = make_call(message, command, values.views(), wants);
  if (output_counts(result)) {
    take_error(result, apply_variable(message, arguments.out, result.output));
    take_error(result, apply_variable(message, arguments.err, result.error));
  }
  return record_call(command.label, result);
}

}  // namespace kamexec

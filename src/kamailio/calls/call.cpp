// SPDX-License-Identifier: GPL-2.0-or-later
#include "kamailio/calls/call.h"

#include <utility>

#include "engine/prepare_options.h"
#include "engine/run_command.h"
#include "kamailio/calls/call_state.h"
#include "kamailio/calls/named_call.h"
#include "kamailio/calls/record_call.h"
#include "kamailio/state/settings.h"

namespace kamexec {
namespace {

RunOptions options_for(const Command& command, const CallWants& wants) {
  RunOptions options = settings().run;
  options.capture_output = wants.output;
  // A job in the background that writes to a pipe of ours would die of it when the call is over: it
  // writes where the server does.
  options.capture_error = wants.error || !command.prepared.has_background_job;
  options.input = wants.input;
  return options;
}

}  // namespace

std::string_view search_path() {
  return search_path_of(call_state().path);
}

RunResult make_call(HostMessage* message, const Command& command,
                    std::span<const std::string_view> values, const CallWants& wants) {
  if (command.program != nullptr) {
    return call_program(message, command, values, wants);
  }
  if (const Result<void> filled = fill_environment(message, wants.variables); !filled) {
    return refused(filled.error().message);
  }
  return run_command(command.prepared, values, search_path(), options_for(command, wants),
                     call_state().buffers);
}

Result<ReadyCall> ready_call(HostMessage* message, const Command& command,
                             std::span<const std::string_view> values, const CallWants& wants) {
  if (command.program != nullptr) {
    return ready_program(message, command, values, wants);
  }
  if (Result<void> filled = fill_variables(message, wants.variables); !filled) {
    return tl::unexpected<Error>(std::move(filled.error()));
  }
  Result<ProgramStart> start =
      start_of(command.prepared, values, search_path(), call_state().buffers);
  if (!start) {
    return tl::unexpected<Error>(std::move(start.error()));
  }
  return ReadyCall{*start, options_for(command, wants)};
}

}  // namespace kamexec

// SPDX-License-Identifier: GPL-2.0-or-later
// The script's functions, whoever calls them: the native script or a script engine. Which function
// it is stands in the command.
#pragma once

#include <string_view>

#include "base/clock.h"
#include "kamailio/calls/call.h"
#include "kamailio/calls/command.h"
#include "kamailio/calls/record_call.h"
#include "process/run.h"

namespace kamexec {

/// What a function takes beside its command; NULL and empty where not given.
struct CallArguments {
  std::string_view input;        ///< exec_run
  HostAvpList* names = nullptr;  ///< exec_avp
  HostVariable* out = nullptr;   ///< exec_run
  HostVariable* err = nullptr;   ///< exec_run
};

/// What a command needs for its function; the message stands for exec_msg's input.
[[nodiscard]] CallWants wants_of(KamexecFunction function, HostMessage* message,
                                 const CallArguments& arguments);

/// Completes the values of the variables with what the function adds: exec_dset's R-URI. The error
/// is the call's outcome: the function can't be used in this route, or for this message.
[[nodiscard]] tl::expected<void, Outcome> complete_values(HostMessage* message,
                                                          const Command& command, Values& values);

/// Gives what was printed to the host, where the outcome lets it count, by @p until: the call's
/// deadline. An error of the output becomes the outcome.
void apply_result(HostMessage* message, KamexecFunction function, const std::string& label,
                  const CallArguments& arguments, RunResult& result, TimePoint until);

/// Where the standard error of an outcome goes that apply_result() is about to be called for.
[[nodiscard]] StandardError standard_error_of(const CallArguments& arguments,
                                              const RunResult& result);

/// Runs the command and waits: 1 or a negative code, recorded for $exec(...). @p values: those of
/// the command's variables, in order.
int call_now(HostMessage* message, const Command& command, Values& values,
             const CallArguments& arguments);

}  // namespace kamexec

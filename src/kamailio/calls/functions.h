// SPDX-License-Identifier: GPL-2.0-or-later
// The script's functions, whoever calls them: the native script or a script engine. Which function
// it is stands in the command.
#pragma once

#include <string_view>

#include "base/clock.h"
#include "engine/invocation.h"
#include "kamailio/calls/command.h"
#include "kamailio/calls/record_call.h"
#include "process/run.h"

namespace kamexec::module {

/// What a function takes beside its command; NULL and empty where not given.
struct CallArguments {
  std::string_view input;       ///< exec_run
  HostAvpList* avps = nullptr;  ///< exec_avp
  HostVariable* out = nullptr;  ///< exec_run
  HostVariable* err = nullptr;  ///< exec_run
  // Where results of an asynchronous call go, as a script engine wrote it: parsed where it is used,
  // as what this process has parsed of it is its own.
  std::string_view avp_names = {};
  std::string_view out_name = {};
  std::string_view err_name = {};
};

/// The Invocation of @p command for @p message. @p values: those of the command's variables, in
/// order; what the function adds (exec_dset's R-URI) is added. It lives until the message changes,
/// and until this process' next call. @p needs: those of whoever runs it. The error is the call's
/// outcome: the function can't be used in this route or for this message, or something can't be
/// passed.
[[nodiscard]] tl::expected<engine::Invocation, process::Outcome> invocation_of(
    HostMessage* message, const Command& command, Values& values, const CallArguments& arguments,
    const engine::Needs& needs, TimePoint requested);

/// Gives what was printed to the host, where the outcome lets it count, by @p until: the call's
/// deadline. An error of the output becomes the outcome.
void apply_result(HostMessage* message, KamexecFunction function, const std::string& label,
                  const CallArguments& arguments, process::RunResult& result, TimePoint until);

/// Where the standard error of an outcome goes that apply_result() is about to be called for.
[[nodiscard]] StandardError standard_error_of(const CallArguments& arguments,
                                              const process::RunResult& result);

/// Runs the command and waits: 1 or a negative code, recorded for $exec(...). @p values as for
/// invocation_of(). Any process that runs routes; not thread-safe.
int call_now(HostMessage* message, const Command& command, Values& values,
             const CallArguments& arguments);

}  // namespace kamexec::module

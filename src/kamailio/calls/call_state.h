// SPDX-License-Identifier: GPL-2.0-or-later
// What a process of the server keeps from call to call: the inherited environment, and buffers.
#pragma once

#include <string>

#include "engine/run_command.h"
#include "kamailio/host/host.h"
#include "request/environment.h"
#include "request/request_facts.h"

namespace kamexec {

class ProgramRun;

/// Made at the process' first call, after the server has forked.
struct CallState {
  CallState();

  InheritedEnvironment inherited;
  std::string path;
  RequestFacts facts;
  CallBuffers buffers;
};

/// This process' one.
[[nodiscard]] CallState& call_state();

/// Begins call_state().buffers.environment anew: with what the server's settings let through, or
/// @p program's definition. The same in all processes of the server.
void begin_environment(const ProgramRun* program);

/// Adds the SIP variables of @p message, unless the settings say that there are none. The error:
/// its headers can't be parsed.
[[nodiscard]] Result<void> add_variables(HostMessage* message);

/// All of it: begun and, with @p variables, the SIP variables.
[[nodiscard]] Result<void> fill_environment(HostMessage* message, bool variables,
                                            const ProgramRun* program = nullptr);

/// For a call that another process runs: the SIP variables alone, or nothing. That process begins
/// the environment before it adds them.
[[nodiscard]] Result<void> fill_variables(HostMessage* message, bool variables);

}  // namespace kamexec

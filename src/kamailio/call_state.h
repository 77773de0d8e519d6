// SPDX-License-Identifier: GPL-2.0-or-later
// What a process of the server keeps from call to call: the inherited environment, and buffers.
#pragma once

#include <string>

#include "engine/run_command.h"
#include "kamailio/host.h"
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

/// Fills call_state().buffers.environment: what the server's settings or @p program let through
/// and, with @p variables, the SIP variables of @p message. The error: its headers can't be parsed.
[[nodiscard]] Result<void> fill_environment(HostMessage* message, bool variables,
                                            const ProgramRun* program = nullptr);

}  // namespace kamexec

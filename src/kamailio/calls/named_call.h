// SPDX-License-Identifier: GPL-2.0-or-later
// One call of a named program: `@name arguments` as a function's command.
#pragma once

#include <span>
#include <string_view>

#include "base/error.h"
#include "kamailio/calls/call.h"
#include "kamailio/calls/command.h"
#include "process/run.h"

namespace kamexec {

/// make_call() of a command that has a program.
[[nodiscard]] RunResult call_program(HostMessage* message, const Command& command,
                                     std::span<const std::string_view> values,
                                     const CallWants& wants);

/// ready_call() of such a command. What a worker wants is known to the process that asks it: all is
/// handed over.
[[nodiscard]] Result<ReadyCall> ready_program(HostMessage* message, const Command& command,
                                              std::span<const std::string_view> values,
                                              const CallWants& wants);

}  // namespace kamexec

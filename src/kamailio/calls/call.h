// SPDX-License-Identifier: GPL-2.0-or-later
// One call of a script's function, run: what it runs may be a command or a named program.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/error.h"
#include "kamailio/calls/command.h"
#include "process/run.h"

namespace kamexec {

/// What a function wants beside its command.
struct CallWants {
  bool variables = true;  ///< the SIP environment (exec_cmd: not)
  bool output = false;    ///< standard output
  bool error = false;     ///< standard error, even where a background job holds it
  std::string_view input;
};

/// The server's search path, or the system's usual one.
[[nodiscard]] std::string_view search_path();

/// Runs @p command for @p message. The result is not recorded yet: its output may still turn out to
/// be unusable. Any process that runs routes; not thread-safe.
[[nodiscard]] RunResult make_call(HostMessage* message, const Command& command,
                                  std::span<const std::string_view> values, const CallWants& wants);

/// The same, made ready for another process to run: points into buffers of this process, and lives
/// until its next call. Of the environment it has the SIP variables alone (call_state.h). The error
/// says why it is refused.
struct ReadyCall {
  ProgramStart start;
  RunOptions options;
};
[[nodiscard]] Result<ReadyCall> ready_call(HostMessage* message, const Command& command,
                                           std::span<const std::string_view> values,
                                           const CallWants& wants);

}  // namespace kamexec

// SPDX-License-Identifier: GPL-2.0-or-later
// The way of one call through the rooms: a prepared command and its values become an argument
// vector, that and an environment a process, and the process an outcome.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "command/argv.h"
#include "command/prepared_command.h"
#include "process/run.h"
#include "request/environment.h"

namespace kamexec {

/// What is used again from call to call, so that a call allocates little. One for a process.
struct CallBuffers {
  Argv argv;
  Environment environment;
  std::string program;  ///< where it was looked for anew
};

/// What execve needs for @p command with @p values and buffers.environment, which the caller has
/// filled. It points into @p buffers and lives until they are used again. The error: values or
/// environment can't be passed.
[[nodiscard]] Result<ProgramStart> start_of(const PreparedCommand& command,
                                            std::span<const std::string_view> values,
                                            std::string_view search_path, CallBuffers& buffers);

/// Runs @p command with @p values (command.value_count of them) and buffers.environment, which the
/// caller has filled. @p search_path: where a plain word's program is looked for if
/// it was not there when the command was prepared, or has moved since.
/// Cause::refused, with the reason as detail, where values or environment can't be passed.
[[nodiscard]] RunResult run_command(const PreparedCommand& command,
                                    std::span<const std::string_view> values,
                                    std::string_view search_path, const RunOptions& options,
                                    CallBuffers& buffers);

}  // namespace kamexec

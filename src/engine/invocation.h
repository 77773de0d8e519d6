// SPDX-License-Identifier: GPL-2.0-or-later
// What is to be run, once and for all who run: synchronous and asynchronous calls of the module,
// and the tool. How it is run is the Executor's part.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/error.h"
#include "command/argv.h"
#include "command/prepared_command.h"
#include "process/run.h"
#include "program/programs.h"
#include "request/request_variables.h"

namespace kamexec::engine {

/// One call, ready to be run: views and pointers alone, into buffers of its maker. They must live
/// until Executor::run() returns, or until the completion of Executor::submit() was called.
struct Invocation {
  /// A named program; nullptr: a command of the script. Its definition says which way it is run,
  /// with which rights, limits and environment.
  const program::Program* program = nullptr;
  /// What execve takes: the path, and the words, NULL-terminated. A worker and a service get the
  /// words behind the first.
  const char* path = nullptr;
  char* const* argv = nullptr;
  /// The request's environment variables, as RequestVariables packs them.
  std::string_view variables;
  /// Standard input of a process; a worker gets `message` instead. A service gets both.
  std::string_view input;

  bool capture_output = false;
  bool capture_error = true;
  std::size_t output_limit = std::size_t{1} << 20;  ///< bytes
  std::size_t error_limit = 4096;                   ///< bytes
  /// On the monotonic clock, the same in all processes of the machine.
  TimePoint deadline = kNoDeadline;
  process::StopPolicy stop;
  /// false: refused at once where it would have to wait for a slot or a worker, as whoever calls
  /// will ask another process. A pool that can start one more worker isn't full. Of submit() alone,
  /// and of what is run in this process.
  bool may_wait = true;
  /// Nobody waits for the result. Commands of that kind have slots of their own.
  bool unattended = false;

  /// The name of what the call is about, 1 to 32 letters and digits, and the number of the attempt
  /// at it, from 1. The same name may come again. Empty, and 0: it has none, and is tried once.
  /// What a process is told of it is among `variables` already.
  std::string_view id;
  std::uint32_t attempt = 0;

  // What a worker and a service are told beside.
  std::string_view call;  ///< the function, "dset"
  std::string_view uri;   ///< the R-URI
  std::string_view message;
};

/// How a call is run.
enum class Way {
  command,  ///< a process, of a command in the script
  spawn,    ///< a process, of a named program
  pool,     ///< a worker of this process
  service,  ///< by the daemon, with a definition of its own
  fleet,    ///< by a worker daemon on another host
};
/// Decides it; @p program: nullptr for a command. A way that is added is added here, and the
/// compiler names the places that have to know it: Needs, and the Executor's runner.
[[nodiscard]] Way way_of(const program::Program* program);

/// Which parts of the request a call's target may be given. The others need not be gathered.
struct Needs {
  bool variables = true;
  bool input = true;
  bool uri = false;
  bool message = false;
};
/// What @p program (nullptr: a command) may be given, whichever process runs it. Executor::needs()
/// knows more: what the workers of its own process have asked for.
[[nodiscard]] Needs needs_of(const program::Program* program);

/// What the maker of an Invocation keeps from call to call, so that a call allocates little. One
/// for a process.
struct InvocationBuffers {
  command::Argv argv;
  request::RequestVariables variables;  ///< to be filled before make_invocation()
  std::string path;                     ///< of a program that was looked for anew
};

/// What an Invocation is made from.
struct InvocationParts {
  const command::PreparedCommand& command;
  const program::Program* program = nullptr;  ///< of a call by name; command holds its arguments
  std::span<const std::string_view> values;   ///< command.value_count of them
  /// Where a plain word's program is looked for that was not there when the command was prepared,
  /// or has moved since.
  std::string_view search_path;
  /// Timeout, grace and limits of commands. A named program's definition has its own.
  const process::RunOptions& limits;
  TimePoint requested;  ///< the deadline counts from then on
  /// As in Invocation. They become two more variables: KAMEXEC_ID and KAMEXEC_ATTEMPT.
  std::string_view id{};
  std::uint32_t attempt = 0;
};

/// Of a call with @p parts, whose environment variables are in @p buffers. To be added by the
/// caller: input, whether output is captured, and what a worker is told. Points into @p parts'
/// command and program and into @p buffers, and lives until these are used again. The error says
/// why values or variables can't be passed.
[[nodiscard]] Result<Invocation> make_invocation(const InvocationParts& parts,
                                                 InvocationBuffers& buffers);

/// How long the call may take when it is requested: its program's, or that of @p limits; 0: no
/// limit, or the one of a service's own definition.
[[nodiscard]] std::chrono::milliseconds timeout_of(const program::Program* program,
                                                   const process::RunOptions& limits);

/// What was printed counts after exit status 0 and after another one
/// (`if (!exec_avp(...)) xlog("$avp(reason)")`).
[[nodiscard]] bool output_counts(const process::Outcome& outcome);

}  // namespace kamexec::engine

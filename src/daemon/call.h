// SPDX-License-Identifier: GPL-2.0-or-later
// One call of a program, from its request to its end.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <string>
#include <string_view>

#include "daemon/connection.h"
#include "daemon/served_programs.h"
#include "engine/runner.h"
#include "service/client_messages.h"

namespace kamexec::daemon {

/// Of a call that no client has made; 0: none.
using CallNumber = std::uint64_t;

struct Call {
  std::list<Call>::iterator place{};  ///< of itself
  ServedProgramPtr program;  ///< lives as long as its calls; empty: a command to the daemon

  // Who has made it, and is to get the reply: a client, or somebody else who gave a function.
  // Neither: the cache, or a client that is gone.
  Connection* connection = nullptr;
  std::function<void(const process::RunResult&)> answer;
  CallNumber number = 0;  ///< not 0: by which who gave the function knows it
  RequestKey id{""};
  bool wants_output = true;
  bool may_wait = true;              ///< as engine::Invocation
  std::uint32_t attempt = 0;         ///< not 0: the number of this attempt at what `id` names
  ResultCache::WaiterId waiter = 0;  ///< not 0: it waits for an answer that is being fetched
  std::uint64_t keeping = 0;         ///< not 0: it is on its way to the disk (StoredCalls::KeepId)

  // What is run.
  engine::Invocation invocation;
  engine::Cancel cancel;              ///< empty: nothing of it runs or waits to be run
  ResultCache::FetchId fetch = 0;     ///< not 0: it is run for the cache, and is no client's
  engine::InvocationBuffers buffers;  // these two are what the invocation points to
  std::string block;
  std::size_t bytes = 0;  ///< of memory that it holds
};

/// How long a call may take: its program's time-out, or what it may take to be stored.
[[nodiscard]] std::chrono::milliseconds timeout_of_calls(
    const program::ProgramDefinition& definition);
/// When a call ends at the latest that was requested @p now.
[[nodiscard]] TimePoint deadline_of(const service::CallRequest& request,
                                    const program::Program& program, TimePoint now);

/// Copies what its program may be given of @p request into @p call, whose program is set, and makes
/// the invocation, which ends with the program's own time-out. @p id, @p attempt: as in
/// engine::Invocation; they are copied, too. The error: the request holds what no program can be
/// given, here or elsewhere (process::may_run_elsewhere()).
[[nodiscard]] Result<void> make_call(const service::CallRequest& request, TimePoint now, Call& call,
                                     std::string_view id = {}, std::uint32_t attempt = 0);

}  // namespace kamexec::daemon

// SPDX-License-Identifier: GPL-2.0-or-later
// One call of a program, from its request to its end.
#pragma once

#include <list>
#include <string>

#include "daemon/connection.h"
#include "daemon/served_programs.h"
#include "engine/runner.h"
#include "service/client_messages.h"

namespace kamexec::daemon {

struct Call {
  std::list<Call>::iterator place{};  ///< of itself
  ServedProgramPtr program;           ///< lives as long as its calls

  // What a client has called.
  Connection* connection = nullptr;  ///< who is to get the reply; nullptr: nobody any more
  RequestKey id{""};
  bool wants_output = true;
  ResultCache::WaiterId waiter = 0;  ///< not 0: it waits for an answer that is being fetched

  // What is run.
  engine::Invocation invocation;
  engine::Cancel cancel;              ///< empty: nothing of it runs or waits to be run
  ResultCache::FetchId fetch = 0;     ///< not 0: it is run for the cache, and is no client's
  engine::InvocationBuffers buffers;  // these two are what the invocation points to
  std::string block;
  std::size_t bytes = 0;  ///< of memory that it holds
};

/// When a call ends at the latest that was requested @p now.
[[nodiscard]] TimePoint deadline_of(const service::CallRequest& request,
                                    const program::Program& program, TimePoint now);

/// Copies what its program may be given of @p request into @p call, whose program is set, and makes
/// the invocation, which ends with the program's own time-out. The error: the request holds what no
/// program can be given.
[[nodiscard]] Result<void> make_call(const service::CallRequest& request, TimePoint now,
                                     Call& call);

}  // namespace kamexec::daemon

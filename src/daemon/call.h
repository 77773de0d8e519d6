// SPDX-License-Identifier: GPL-2.0-or-later
// One call that a client has made, from its request to its reply.
#pragma once

#include <list>
#include <string>
#include <string_view>

#include "daemon/connection.h"
#include "daemon/served_programs.h"
#include "engine/runner.h"
#include "service/client_messages.h"

namespace kamexec::daemon {

struct Call {
  std::list<Call>::iterator place;   ///< of itself
  Connection* connection = nullptr;  ///< who is to get the reply; nullptr: nobody any more
  RequestKey id{""};
  ServedProgramPtr program;  ///< lives as long as its calls
  engine::Invocation invocation;
  engine::Cancel cancel;
  // What the invocation points to.
  engine::InvocationBuffers buffers;
  std::string block;
  std::size_t bytes = 0;  ///< of memory that it holds
};

/// Copies what its program may be given of @p request into @p call, whose program is set, and makes
/// the invocation. The error: the request holds what no program can be given.
[[nodiscard]] Result<void> make_call(const service::CallRequest& request, TimePoint now,
                                     Call& call);

}  // namespace kamexec::daemon

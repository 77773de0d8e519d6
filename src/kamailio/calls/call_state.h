// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "engine/invocation.h"
#include "request/request_facts.h"

namespace kamexec::module {

/// What a process of the server keeps from call to call, so that a call allocates little: in
/// ProcessState.
struct CallState {
  request::RequestFacts facts;
  engine::InvocationBuffers buffers;
};

}  // namespace kamexec::module

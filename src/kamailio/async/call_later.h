// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "kamailio/calls/functions.h"
#include "kamailio/host/host_transaction.h"

namespace kamexec::module {

/// Hands a command to a process of the module's and lets the transaction wait; @p route goes on
/// with its results. nullptr: nothing waits and nothing goes on (exec_cmd_async). 0 where the
/// script must end here (it waits, or the request is a retransmission), 1 where it goes on at once
/// (no route), or a negative code: nothing was started, and the script goes on.
int call_later(HostMessage* message, const Command& command, Values& values,
               const CallArguments& arguments, const HostRoute* route);

}  // namespace kamexec::module

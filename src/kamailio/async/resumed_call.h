// SPDX-License-Identifier: GPL-2.0-or-later
// The result of an asynchronous call, from its end until the route that goes on begins.
#pragma once

#include "kamailio/async/job.h"
#include "process/run.h"

namespace kamexec::module {

/// Runs the job's route with its result, if the transaction still waits; false: it does not, and
/// the result was only logged. For the module's own processes.
bool resume_with(const AsyncJob& job, process::RunResult result);

/// For the pre-script callback: gives the result to @p message and $exec(...) before the route's
/// first statement. Nothing where no call is being resumed.
void apply_resumed(HostMessage* message);

}  // namespace kamexec::module

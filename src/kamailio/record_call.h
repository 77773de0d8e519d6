// SPDX-License-Identifier: GPL-2.0-or-later
// What is kept of a call that is over: $exec(...), counters, a line in the log where it failed.
#pragma once

#include <string>

#include "process/run.h"
#include "program/programs.h"

namespace kamexec {

/// Makes @p result what $exec(...) shows, counts it (for @p program too, nullptr: a command), logs
/// it where it failed, and gives the return code.
int record_call(const std::string& label, RunResult& result, const Program* program = nullptr);

/// A result that says that a call was not tried.
[[nodiscard]] RunResult refused(std::string why);

}  // namespace kamexec

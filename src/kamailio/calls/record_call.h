// SPDX-License-Identifier: GPL-2.0-or-later
// What is kept of a call that is over: $exec(...), counters, a line in the log where it failed.
#pragma once

#include <string>
#include <string_view>

#include "process/run.h"
#include "program/programs.h"

namespace kamexec::module {

/// What becomes of a call's standard error, beside $exec(stderr).
enum class StandardError {
  to_log,    ///< as log_stderr says
  to_script  ///< the script has it in a variable
};

/// Makes @p result what $exec(...) shows, counts it (for @p program too, nullptr: a command), logs
/// it where it failed, passes its standard error on, and gives the return code.
int record_call(const std::string& label, process::RunResult& result,
                const program::Program* program = nullptr,
                StandardError error = StandardError::to_log);

/// Passes on what a program wrote to standard error, a line in the log for each that isn't empty,
/// where log_stderr says so.
void log_standard_error(const std::string& label, std::string_view error, bool truncated);

/// The same of a call that there was no memory for. Needs none.
int record_out_of_memory() noexcept;

/// A result that says that a call was not tried.
[[nodiscard]] process::RunResult refused(std::string why);

}  // namespace kamexec::module

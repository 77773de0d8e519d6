// SPDX-License-Identifier: GPL-2.0-or-later
// What a call costs at the least: the program started by posix_spawn(3) and waited for, and the one
// pipe that the call can't do without.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace kamexec::bare {

/// Pointers and views must live through the call.
struct BareCall {
  char* const* argv = nullptr;         ///< argv[0] is the program's path
  char* const* environment = nullptr;  ///< NULL-terminated
  /// Standard output comes through a pipe, and is read to its end; else it is /dev/null.
  bool capture_output = false;
  /// Written to a pipe that is standard input; empty: our own standard input. At most what a pipe
  /// holds (64 KiB): nobody polls here.
  std::string_view input;
};

/// Starts the program, waits for it, and puts what it printed into @p output (replacing what was
/// there). Any end but exit status 0 is an error. SIGPIPE must be ignored where there is input.
/// Only for programs that have no other threads.
[[nodiscard]] Result<void> make_bare_call(const BareCall& call, std::string& output);

}  // namespace kamexec::bare

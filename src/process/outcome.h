// SPDX-License-Identifier: GPL-2.0-or-later
// How a run ended, as data.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>
#include <string_view>

namespace kamexec {

/// Causes in the order of their return codes (see code()).
enum class Cause {
  ok,           ///< exit status 0
  nonzero_exit,      ///< non-zero exit, or a signal that was not ours
  deadline,     ///< ended by us at its deadline, or because the host stops
  not_started,  ///< fork or exec failed
  refused,      ///< never tried: limits, arguments that can't be passed
  unusable,     ///< ran, but its output or input could not be used
};

struct Outcome {
  Cause cause = Cause::refused;
  int exit_status = -1;                   ///< of a program that exited, else -1
  int signal = 0;                         ///< that ended it, else 0
  int system_errno = 0;                   ///< of what failed, else 0
  pid_t pid = 0;                          ///< of the child, 0 where there was none
  std::chrono::microseconds duration{0};  ///< from the request to the end
  std::string detail;                     ///< in words where cause is not ok or nonzero_exit
};

/// What a script sees: 1, -1, -2, -3, -4, -5. Never 0.
[[nodiscard]] int code(Cause cause);
/// One lower-case word: "ok", "no", "deadline", "not-started", "refused", "unusable".
[[nodiscard]] std::string_view word(Cause cause);

}  // namespace kamexec

// SPDX-License-Identifier: GPL-2.0-or-later
// How a run ended, as data.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>
#include <string_view>

#include "base/error.h"

namespace kamexec::process {

/// Causes in the order of their return codes (see code()).
enum class Cause {
  ok,            ///< exit status 0
  nonzero_exit,  ///< non-zero exit, or a signal that was not ours
  deadline,      ///< ended by us at its deadline, or because the host stops
  not_started,   ///< fork or exec failed
  refused,       ///< never tried: limits, arguments that can't be passed
  unusable,      ///< ran, but its output or input could not be used
};

struct Outcome {
  Cause cause = Cause::refused;
  int exit_status = -1;                   ///< of a program that exited, else -1
  int signal = 0;                         ///< that ended it, else 0
  int system_errno = 0;                   ///< of what failed, else 0
  pid_t pid = 0;                          ///< of the child, 0 where there was none
  std::chrono::microseconds duration{0};  ///< from the request to the end
  std::string detail;                     ///< in words where cause is not ok or nonzero_exit

  // What is known without a program: the only places that make an outcome which isn't a program's
  // own end. `detail` is for the operator's log.

  [[nodiscard]] static Outcome refused(std::string detail, int system_errno = 0);
  [[nodiscard]] static Outcome refused(Error error);
  /// Refused for want of room: what waits or runs already is as much as may. EAGAIN.
  [[nodiscard]] static Outcome no_room(std::string detail);
  [[nodiscard]] static Outcome not_started(Error error);
  [[nodiscard]] static Outcome unusable(std::string detail, int system_errno = 0);
  /// Ended or given up at its deadline.
  [[nodiscard]] static Outcome deadline_passed(std::string detail);
  [[nodiscard]] static Outcome cancelled();
  [[nodiscard]] static Outcome host_stops();
  /// Allocates nothing. @p cause: refused where nothing was started, else unusable.
  [[nodiscard]] static Outcome short_of_memory(Cause cause) noexcept;
};

// Said of outcomes in other forms, too.
inline constexpr std::string_view kCancelled = "cancelled";
inline constexpr std::string_view kHostStops = "the server is stopping";
inline constexpr std::string_view kShortOfMemory = "out of memory";

/// It has not run, and for a reason that is this process' or this machine's: another attempt, later
/// or at another place, may do better. false: it has run, or it was refused for what is in it
/// (EINVAL, E2BIG, EMSGSIZE), which is so everywhere. What refuses a call for its own sake gives
/// one of these.
[[nodiscard]] bool may_run_elsewhere(const Outcome& outcome);

/// What a script sees: 1, -1, -2, -3, -4, -5. Never 0.
[[nodiscard]] int code(Cause cause);
/// One lower-case word: "ok", "no", "deadline", "not-started", "refused", "unusable".
[[nodiscard]] std::string_view word(Cause cause);

}  // namespace kamexec::process

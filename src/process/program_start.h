// SPDX-License-Identifier: GPL-2.0-or-later
// A program's run as data: what to start and how, and what came of it.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "process/identity.h"
#include "process/outcome.h"
#include "process/resource_limits.h"

namespace kamexec::process {

class Sandbox;
class CgroupParent;

/// What to start. Views and pointers must live through the call.
struct ProgramStart {
  const char* program = nullptr;            ///< path for execve; no search
  char* const* argv = nullptr;              ///< NULL-terminated
  char* const* environment = nullptr;       ///< NULL-terminated
  const char* working_directory = nullptr;  ///< nullptr: the host's own
  const Identity* identity = nullptr;       ///< nullptr: runs as the host does
  ResourceLimits limits;                    ///< also of all that the program starts
  /// setpriority(2), -20 (first served) to 19; absent: the host's own. Also of all that the program
  /// starts.
  std::optional<int> nice;
  /// PR_SET_NO_NEW_PRIVS, of all that the program starts, too. A sandbox implies it.
  bool no_new_privileges = false;
  /// The host's ambient capabilities (capabilities(7)) are kept from it. An identity and a sandbox
  /// imply it.
  bool drops_ambient_capabilities = false;
  std::shared_ptr<const Sandbox> sandbox;  ///< nullptr: none
  /// Where it gets a control group of its own, and with what limits; nullptr: it gets none.
  std::shared_ptr<const CgroupParent> cgroup;
};

/// How to stop what must end: data, not code.
struct StopPolicy {
  /// From SIGTERM to the whole tree until SIGKILL. Short: a SIP worker waits through it.
  std::chrono::milliseconds grace{200};

  bool operator==(const StopPolicy&) const = default;
};

struct RunOptions {
  /// From the call on; 0: no deadline.
  std::chrono::milliseconds timeout{0};
  StopPolicy stop;
  /// Handed over on standard input, then closed. Empty: /dev/null. A program that doesn't read it
  /// is no failure.
  std::string_view input;
  /// false: standard output is /dev/null.
  bool capture_output = false;
  /// Bytes of standard output kept. A command that prints more is ended: Cause::unusable.
  std::size_t output_limit = 1 << 20;
  /// false: standard error is the host's own, so that a background job may outlive the call.
  bool capture_error = true;
  /// Bytes of standard error kept, from the first on; the rest is read and dropped.
  std::size_t error_limit = 4096;
};

struct RunResult {
  Outcome outcome{};
  std::string output{};
  std::string error{};
  bool error_truncated = false;
};

}  // namespace kamexec::process

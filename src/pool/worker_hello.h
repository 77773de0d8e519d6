// SPDX-License-Identifier: GPL-2.0-or-later
// How a server and a worker begin: one line each, with the version and what goes into requests.
// docs/worker-protocol.md, "Hello".
#pragma once

#include <string_view>

#include "base/error.h"

namespace kamexec::pool {

/// The highest version that we speak.
inline constexpr unsigned kWorkerProtocolVersion = 1;

/// The longest hello of a worker that is taken, its LF not counted.
inline constexpr std::size_t kLongestHello = 1024;

/// What a worker gets beside the arguments. Each is left out unless it is asked for: an environment
/// costs more than all the rest of a call.
struct Wants {
  bool uri = false;
  bool environment = false;
  bool message = false;

  friend bool operator==(const Wants&, const Wants&) = default;
};

/// What either asks for.
[[nodiscard]] constexpr Wants operator|(const Wants& left, const Wants& right) {
  return {left.uri || right.uri, left.environment || right.environment,
          left.message || right.message};
}

struct WorkerHello {
  unsigned version = 0;
  Wants wants;
};

/// Our line, LF included.
[[nodiscard]] std::string_view server_hello();

/// Reads a worker's line, given without its LF. The error says what is wrong with it, for the
/// operator; it holds only printable bytes.
[[nodiscard]] Result<WorkerHello> read_worker_hello(std::string_view line);

}  // namespace kamexec::pool

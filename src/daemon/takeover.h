// SPDX-License-Identifier: GPL-2.0-or-later
// kamexecd --replace: the socket of the daemon that runs goes to a new one, without a moment at
// which nobody listens.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/unique_fd.h"

namespace kamexec::daemon {

// What the daemon that is replaced says of its socket.
inline constexpr std::string_view kSocketIsOurs = "ours";  ///< whoever has it takes its path away
inline constexpr std::string_view kSocketIsLent = "lent";  ///< the service manager's

struct TakenSocket {
  UniqueFd fd;
  bool lent = false;
};

/// Asks the daemon at @p path for its socket, and waits for it, some seconds at most: that daemon
/// lets no client in any more, finishes what it has, and ends. Absent: nobody listens there.
[[nodiscard]] Result<std::optional<TakenSocket>> take_socket_over(const std::string& path);

}  // namespace kamexec::daemon

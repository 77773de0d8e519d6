// SPDX-License-Identifier: GPL-2.0-or-later
// The section [kamexecd] of /etc/kamexec/programs.conf: docs/reference/programs.md describes it.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "program/programs_file.h"

namespace kamexec::daemon {

struct DaemonSettings {
  /// Of the socket that the daemon makes itself; systemd's units have their own.
  mode_t socket_mode = 0660;
  /// The socket's group. Absent: the daemon's own.
  std::optional<gid_t> socket_gid;
  /// How long calls that are under way may go on when the daemon ends. Longer than most programs'
  /// time-outs, and short of the 90 s after which systemd kills a service.
  std::chrono::milliseconds drain_time{5'000};
  /// Clients at once. A server with 64 processes needs 64.
  std::size_t connections = 4096;
  /// Bytes of what was received from all clients and not done yet, and of what they have not read.
  std::size_t memory = std::size_t{64} << 20;
  /// Bytes of one request as it is sent. Environment and message of the largest SIP message fit
  /// many times.
  std::size_t request_limit = std::size_t{1} << 20;
  /// HOST:PORT of the page for Prometheus, HOST an address, an IPv6 one in brackets. Empty: there
  /// is none.
  std::string metrics;
  /// Whether each call is logged, and not the failed ones alone.
  bool log_calls = false;

  bool operator==(const DaemonSettings&) const = default;
};

/// Reads what stands in the sections. All that is wrong is added to @p mistakes, as
/// "FILE:LINE: [kamexecd]: NAME: what is wrong: remedy". Asks the system's name service for a
/// group: only while the file loads.
[[nodiscard]] DaemonSettings read_daemon_settings(
    const std::vector<program::PlacedAttribute>& attributes, std::vector<std::string>& mistakes);

}  // namespace kamexec::daemon

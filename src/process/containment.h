// SPDX-License-Identifier: GPL-2.0-or-later
// What a program may touch and use up, as an operator says it: data, which sandbox.h and cgroup.h
// act on.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace kamexec::process {

/// Which sockets a program may have. All false and empty: none but pairs connected to itself.
struct NetworkRule {
  bool all = false;           ///< any socket, whatever its family
  bool unix_sockets = false;  ///< AF_UNIX: local services
  bool tcp = false;           ///< TCP over IPv4 and IPv6, to any port, and listening
  bool udp = false;           ///< UDP over IPv4 and IPv6
  /// TCP connections to these ports alone; nothing listens.
  std::vector<std::uint16_t> tcp_ports;

  bool operator==(const NetworkRule&) const = default;
};

/// What is kept from a program, part by part. Any part implies no_new_privileges.
struct SandboxRule {
  /// Files and directories but those of the system that every program needs, the program's own, and
  /// the two lists (Landlock).
  bool files = false;
  bool network = false;       ///< sockets but those of `allowed_network`
  bool system_calls = false;  ///< what no ordinary program needs: a list of those that it may make
  bool signals = false;       ///< signals to processes that are not in the same sandbox
  /// Where the kernel can't do a part, the rest is done, and a warning logged.
  bool as_far_as_possible = false;

  std::vector<std::string> read;   ///< full paths: may be read and executed, with all below
  std::vector<std::string> write;  ///< full paths: may be read, changed, made and removed
  NetworkRule allowed_network;

  [[nodiscard]] bool any() const { return files || network || system_calls || signals; }
  bool operator==(const SandboxRule&) const = default;
};

/// What all processes of one run may use together. Each absent: as much as there is.
struct CgroupLimits {
  std::optional<std::uint64_t> memory_bytes;  ///< beyond them the kernel ends a process of the run
  std::optional<std::uint64_t> processes;     ///< threads count as such; beyond them fork fails
  std::optional<std::uint32_t> cpu_percent;   ///< of one processor: 150 is one and a half

  [[nodiscard]] bool any() const { return memory_bytes || processes || cpu_percent; }
  bool operator==(const CgroupLimits&) const = default;
};

}  // namespace kamexec::process

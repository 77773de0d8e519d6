// SPDX-License-Identifier: GPL-2.0-or-later
// What one program may use up: getrlimit(2).
#pragma once

#include <cstdint>
#include <optional>

namespace kamexec::process {

/// Each absent: as the host has it. They hold for every process of the program on its own, but
/// for `processes`, which the kernel counts over all that run as the same user, and never for
/// root.
struct ResourceLimits {
  /// Seconds of processor time: SIGXCPU at them, SIGKILL a second later.
  std::optional<std::uint64_t> cpu_seconds;
  /// Bytes of address space: what is allocated or mapped beyond them fails.
  std::optional<std::uint64_t> memory_bytes;
  /// Descriptors open at once, the three standard streams included.
  std::optional<std::uint64_t> files;
  std::optional<std::uint64_t> processes;

  bool operator==(const ResourceLimits&) const = default;
};

}  // namespace kamexec::process

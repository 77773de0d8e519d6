// SPDX-License-Identifier: GPL-2.0-or-later
// What a daemon shows of itself, as plain data, and the JSON of it that `kamexec status` reads.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "daemon/call_figures.h"
#include "daemon/result_cache.h"
#include "engine/runner.h"
#include "program/program_definition.h"

namespace kamexec::daemon {

struct ProgramStatus {
  const program::ProgramDefinition* definition = nullptr;  ///< valid while this is
  /// Its environment may hold passwords, which its callers need not know.
  bool shows_environment = true;
  CallFigures calls;
  engine::RunnerFigures now;
  std::optional<CacheFigures> cache;  ///< of one whose answers are kept
};

struct DaemonStatus {
  std::string version;
  pid_t pid = 0;
  std::chrono::milliseconds uptime{0};
  bool draining = false;

  // Clients.
  std::size_t connections = 0;
  std::size_t most_connections = 0;
  std::uint64_t accepted = 0;          ///< connections, since the start
  std::uint64_t evicted = 0;           ///< idle ones that made room for others
  std::uint64_t closed_for_fault = 0;  ///< out of step, or too slow
  std::size_t memory = 0;              ///< bytes that all clients' buffers hold
  std::size_t most_memory = 0;
  std::size_t calls_under_way = 0;

  std::uint64_t reloads = 0;         ///< since the start, that were taken
  std::uint64_t failed_reloads = 0;  ///< that changed nothing, for a mistake in the files

  std::vector<ProgramStatus> programs;
};

/// As one line. Bytes that are no UTF-8 are replaced. @p now: ages count until then.
[[nodiscard]] std::string status_json(const DaemonStatus& status, TimePoint now);

}  // namespace kamexec::daemon

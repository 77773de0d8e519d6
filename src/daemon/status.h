// SPDX-License-Identifier: GPL-2.0-or-later
// What a daemon shows of itself, as plain data, and the JSON of it that `kamexec status` reads.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "daemon/call_figures.h"
#include "daemon/fleet_counts.h"
#include "daemon/result_cache.h"
#include "engine/runner.h"
#include "fleet/fleet_runner.h"
#include "fleet/note_publisher.h"
#include "fleet/note_worker.h"
#include "fleet/offers.h"
#include "nats/link.h"
#include "program/program_definition.h"
#include "stored/store_thread.h"

namespace kamexec::daemon {

/// Of the notifications of one program.
struct StoredStatus {
  std::uint64_t waiting = 0;  ///< without those whose program runs
  std::uint64_t running = 0;
  std::uint64_t done = 0;  ///< that aren't forgotten yet
  std::uint64_t dead = 0;
  /// For how long the oldest that isn't over has been stored. Absent: none waits or runs.
  std::optional<std::chrono::milliseconds> oldest;
  std::uint64_t failed_attempts = 0;  ///< since the daemon's start
  std::optional<std::string> held;    ///< why no attempts are begun, in words
};

/// What is on disk of a program that isn't defined.
struct OrphanStatus {
  std::string program;
  StoredStatus stored;
};

struct StoreStatus {
  stored::StoreFigures figures;
  bool dispatches = false;  ///< this daemon begins the attempts
};

/// Of the fleet's store (JetStream), where a program has a use for it.
struct FleetStoreStatus {
  bool ready = false;
  std::string trouble;  ///< why it isn't, in words; empty: nothing is known
  fleet::NotePublisherFigures published;
  std::vector<std::pair<std::string, fleet::NoteFigures>> taken;  ///< programs that take from there
  /// What lies there, of all hosts. Its `known`: the server has said it.
  FleetCounts counts;
  /// For how long the oldest has been there that isn't over. Absent: none is.
  std::optional<std::chrono::milliseconds> oldest;
};

/// Of a daemon that is a member of a fleet.
struct FleetStatus {
  std::string id;
  std::string zone;  ///< empty: none
  nats::LinkState link;
  std::vector<std::pair<std::string, fleet::OfferFigures>> offers;  ///< programs, by name
  std::optional<FleetStoreStatus> store;
};

struct ProgramStatus {
  const program::ProgramDefinition* definition = nullptr;  ///< valid while this is
  /// Its environment may hold passwords, which its callers need not know.
  bool shows_environment = true;
  CallFigures calls;
  engine::RunnerFigures now;
  std::optional<CacheFigures> cache;   ///< of one whose answers are kept
  std::optional<StoredStatus> stored;  ///< of one that is stored, or of which something is on disk
  std::optional<fleet::FleetFigures> fleet;  ///< of one that other hosts run
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

  std::optional<StoreStatus> store;   ///< where one is open
  std::vector<OrphanStatus> orphans;  ///< for operators
  std::optional<FleetStatus> fleet;   ///< where NATS is used
};

/// As one line. Bytes that are no UTF-8 are replaced. @p now: ages count until then.
[[nodiscard]] std::string status_json(const DaemonStatus& status, TimePoint now);

/// What daemons of a fleet have answered, as one line: {"answers": ["…", …]}, each as it came. Who
/// reads them must expect anything.
[[nodiscard]] std::string fleet_json(const std::vector<std::string>& answers);

}  // namespace kamexec::daemon

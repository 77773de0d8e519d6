// SPDX-License-Identifier: GPL-2.0-or-later
// This daemon's part in the fleet's store (JetStream): what it puts there, and what it takes from
// there and runs. Where no program has a use for the store, it isn't looked at.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "daemon/fleet_counts.h"
#include "daemon/fleet_queue.h"
#include "daemon/log.h"
#include "daemon/offered_notes.h"
#include "daemon/served_programs.h"
#include "daemon/status.h"
#include "engine/executor.h"
#include "fleet/note_publisher.h"
#include "fleet/note_streams.h"
#include "fleet/note_worker.h"
#include "fleet/subjects.h"
#include "nats/jetstream.h"
#include "nats/link.h"

namespace kamexec::daemon {

/// Used by the loop's thread alone. Nothing waits.
class FleetNotes {
 public:
  /// @p link and @p executor must outlive it, and the executor must have ended what it runs.
  /// @p inbox: as in nats::LinkOptions.
  FleetNotes(nats::Link& link, engine::Executor& executor, const fleet::Subjects& subjects,
             const std::string& inbox, const fleet::NoteStreamRule& rule);
  FleetNotes(const FleetNotes&) = delete;
  FleetNotes& operator=(const FleetNotes&) = delete;

  /// @p offered: programs that run here; those of them that are stored take notes. @p publishes:
  /// calls are put into the store.
  void serve(const ServedPrograms& offered, bool publishes);
  [[nodiscard]] fleet::NotePublisher& publisher() { return publisher_; }
  [[nodiscard]] FleetQueue& queue() { return queue_; }
  /// A program has a use for the store.
  [[nodiscard]] bool is_used() const { return used_; }

  /// Absent: it isn't used.
  [[nodiscard]] std::optional<FleetStoreStatus> status() const;

  [[nodiscard]] TimePoint wake_at() const;
  /// At wake_at(), after each step() of the link, and after runs have ended.
  void tick(TimePoint now);

  /// Takes nothing any more. What runs goes on.
  void drain();
  [[nodiscard]] bool is_drained() const;
  /// What still runs is delivered to others.
  void close();

 private:
  void look(TimePoint now);

  nats::Link& link_;
  nats::JetStream streams_;
  fleet::NoteStreams checked_;
  fleet::NotePublisher publisher_;
  FleetQueue queue_;
  FleetCounter counts_;
  OfferedNotes offered_;
  std::unique_ptr<fleet::NoteWorker> worker_;
  bool used_ = false;
  std::set<std::string> told_;  ///< troubles that were logged since the streams were ready
  LimitedLog log_;
};

}  // namespace kamexec::daemon

// SPDX-License-Identifier: GPL-2.0-or-later
// This daemon as a member of a fleet: its link to NATS, the programs that it offers to other hosts,
// and the runner of those that other hosts run.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "daemon/event_loop.h"
#include "daemon/fleet_notes.h"
#include "daemon/log.h"
#include "daemon/nats_settings.h"
#include "daemon/offered_calls.h"
#include "daemon/served_programs.h"
#include "daemon/status.h"
#include "fleet/census.h"
#include "fleet/discovery.h"
#include "fleet/fleet_runner.h"
#include "fleet/offers.h"
#include "nats/libnats_link.h"

namespace kamexec::daemon {

/// Used by the loop's thread alone. Nothing waits.
class Fleet final : public EventHandler {
 public:
  using MakeLink = std::function<Result<std::unique_ptr<nats::Link>>(nats::LinkOptions)>;

  /// @p version: of kamexecd, that the fleet is told.
  explicit Fleet(std::string version, MakeLink make_link = nats::make_libnats_link);
  ~Fleet() override;
  Fleet(const Fleet&) = delete;
  Fleet& operator=(const Fleet&) = delete;

  /// Connects, some time after this returns; once. @p runner runs the calls of other hosts. It and
  /// @p loop must be there until close(); the runner must end before this does. Starts threads: the
  /// process' signals are blocked by then. The error says what of @p settings can't be used.
  [[nodiscard]] Result<void> open(EventLoop& loop, CallRunner& runner,
                                  const NatsSettings& settings);
  [[nodiscard]] bool is_open() const { return link_ != nullptr; }

  /// Returns when it is connected, or at @p until: before calls are taken that would fail for want
  /// of a connection that is being made.
  void wait_until_connected(TimePoint until);

  /// Those of @p programs that other hosts may call, from now on. @p offer: as [nats] says for
  /// those that say nothing themselves; absent: unless one of them is run by other hosts.
  void serve(const ServedPrograms& programs, std::optional<bool> offer);
  /// After the programs' workers have said what they have a use for: callers are told.
  void tell_wants();

  /// For engine::ExecutorOptions. The runner must end before this.
  [[nodiscard]] Result<std::unique_ptr<engine::Runner>> make_runner();
  /// Puts calls into the fleet's store; nullptr before open(). Valid as long as this is.
  [[nodiscard]] fleet::NotePublisher* note_publisher();
  /// The fleet's store, for an operator; nullptr: it isn't used, or can't be asked now.
  [[nodiscard]] FleetQueue* queue();
  [[nodiscard]] fleet::FleetFigures figures_of(const std::string& program) const;

  /// Asks all daemons of the fleet for what they say of themselves: JSON of each, as it came. @p
  /// done is called once.
  void ask_all(std::function<void(std::vector<std::string>)> done);

  /// Absent: NATS isn't used.
  [[nodiscard]] std::optional<FleetStatus> status() const;

  // The loop's part.

  /// Of the link's descriptor.
  void on_events(std::uint32_t events) override;
  /// Sends what was published: when a turn of the loop is over, and after what answers calls.
  void settle();
  [[nodiscard]] TimePoint wake_at() const;
  void tick(TimePoint now);

  /// Offers nothing any more. What the server has sent until then still comes.
  void drain();
  /// Since drain(): nothing comes any more, and all answers are on their way.
  [[nodiscard]] bool is_drained() const;
  [[nodiscard]] bool is_flushed() const { return !link_ || link_->is_flushed(); }
  /// Takes part no more. The link stays, for the runner.
  void close();

 private:
  [[nodiscard]] fleet::Self self() const;
  void look_at_link();
  void complete_calls();

  const std::string version_;
  const MakeLink make_link_;
  const std::chrono::system_clock::time_point started_ = std::chrono::system_clock::now();
  fleet::WorkerName name_;
  fleet::Subjects subjects_;
  EventLoop* loop_ = nullptr;  ///< while its link is watched
  CallRunner* runner_ = nullptr;
  std::unique_ptr<nats::Link> link_;
  std::unique_ptr<FleetNotes> notes_;
  std::unique_ptr<OfferedCalls> calls_;
  std::unique_ptr<fleet::Offers> offers_;
  std::unique_ptr<fleet::Discovery> discovery_;
  std::unique_ptr<fleet::Census> census_;
  std::vector<std::function<void(std::vector<std::string>)>> asking_;  ///< who waits for it
  fleet::FleetRunner* fleet_runner_ = nullptr;                         ///< the Executor's
  bool draining_ = false;

  bool was_connected_ = false;
  std::set<std::string> told_;  ///< troubles that were logged since it was connected
  LimitedLog log_;
};

}  // namespace kamexec::daemon

// SPDX-License-Identifier: GPL-2.0-or-later
// What an operator asks of the stored calls, and has done with them: `kamexec queue`.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <tl/expected.hpp>

#include "daemon/dispatcher.h"
#include "daemon/fleet_queue.h"
#include "daemon/log.h"
#include "daemon/queue_command.h"
#include "process/outcome.h"
#include "stored/store_thread.h"

namespace kamexec::daemon {

/// Used by the loop alone. Answers come from StoreThread::step(), or before ask() returns.
class QueueOperations {
 public:
  /// The lines of the reply, or why there are none.
  using Said = tl::expected<std::string, process::Outcome>;
  using Answer = std::function<void(Said)>;

  /// The fleet's store, while it can be asked; nullptr: there is nothing to ask.
  using FindFleet = std::function<FleetQueue*()>;

  /// Both must outlive it, and it what was asked for.
  QueueOperations(stored::StoreThread& store, Dispatcher& dispatcher)
      : store_(store), dispatcher_(dispatcher) {}

  /// What is in the fleet's store is shown and changed after what is on this host's disk.
  void set_fleet(FindFleet find_fleet) { find_fleet_ = std::move(find_fleet); }

  /// Answers once. Of ids, all are on disk, or nothing is done.
  void ask(QueueCommand command, Answer answer);

 private:
  struct Listing;
  /// What of a command is about the fleet's store.
  struct FleetPart {
    FleetQueue* queue = nullptr;                ///< nullptr: nothing is
    std::vector<FleetQueue::Number> numbers{};  ///< empty: those that the command says
    bool alone = false;                         ///< nothing is about this host's disk
  };

  [[nodiscard]] FleetQueue* fleet() const { return find_fleet_ ? find_fleet_() : nullptr; }
  void find_in_fleet(QueueCommand command, std::vector<std::string> ids, Answer answer);
  void answer_for(QueueCommand command, FleetPart part, Answer answer);
  void list_on(const std::shared_ptr<Listing>& listing);
  void list_fleet(const std::shared_ptr<Listing>& listing);
  void change(QueueCommand command, FleetPart part, Answer answer);
  void change_fleet(const QueueCommand& command, const FleetPart& part, std::size_t changed,
                    Answer answer);

  stored::StoreThread& store_;
  Dispatcher& dispatcher_;
  FindFleet find_fleet_;
  LimitedLog troubles_;
};

}  // namespace kamexec::daemon

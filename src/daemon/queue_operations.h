// SPDX-License-Identifier: GPL-2.0-or-later
// What an operator asks of the stored calls, and has done with them: `kamexec queue`.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include <tl/expected.hpp>

#include "daemon/dispatcher.h"
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

  /// Both must outlive it, and it what was asked for.
  QueueOperations(stored::StoreThread& store, Dispatcher& dispatcher)
      : store_(store), dispatcher_(dispatcher) {}

  /// Answers once. Of ids, all are on disk, or nothing is done.
  void ask(QueueCommand command, Answer answer);

 private:
  struct Listing;

  void answer_for(QueueCommand command, Answer answer);
  void list_on(const std::shared_ptr<Listing>& listing);
  void change(QueueCommand command, Answer answer);

  stored::StoreThread& store_;
  Dispatcher& dispatcher_;
};

}  // namespace kamexec::daemon

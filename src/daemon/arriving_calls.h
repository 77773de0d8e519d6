// SPDX-License-Identifier: GPL-2.0-or-later
// Calls of clients on their way to the disk: answered when they are there, or when that is too
// late. One that comes there although its caller was told that it hasn't is forgotten again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "daemon/dispatcher.h"
#include "daemon/log.h"
#include "process/run.h"
#include "process/timer_queue.h"
#include "stored/notification.h"
#include "stored/requests.h"
#include "stored/store_thread.h"

namespace kamexec::daemon {

// Results that no program has: kamexecd itself answers, and has taken from @p begun until now.

[[nodiscard]] process::RunResult result_of(process::Outcome outcome, TimePoint begun);
[[nodiscard]] process::RunResult done(std::string output, TimePoint begun);
/// Of a call that is kept as @p id, its output; without memory for that there is none, and the call
/// is kept nevertheless.
[[nodiscard]] process::RunResult kept_as(std::string id, TimePoint begun);

/// Used by the loop alone; never waits for the disk.
class ArrivingCalls {
 public:
  using Answer = std::function<void(const process::RunResult&)>;
  using KeepId = std::uint64_t;

  /// All of them outlive the use of this.
  ArrivingCalls(stored::StoreThread& store, Dispatcher& dispatcher, LimitedLog& troubles)
      : store_(store), dispatcher_(dispatcher), troubles_(troubles) {}
  ArrivingCalls(const ArrivingCalls&) = delete;
  ArrivingCalls& operator=(const ArrivingCalls&) = delete;

  /// Keeps @p made and answers once: ok with its id as output when it is on disk, else why it
  /// isn't. Gives what cancel() takes until then. The answer comes from the store's step(), or from
  /// expire().
  [[nodiscard]] KeepId keep(stored::Notification made, TimePoint begun, TimePoint deadline,
                            Answer answer);
  /// Nobody waits for the answer, which isn't called any more. It isn't kept, unless that can't be
  /// undone.
  void cancel(KeepId id);
  /// Answers those for which the disk takes longer than their callers wait.
  void expire(TimePoint now);
  /// When expire() has something to do.
  [[nodiscard]] TimePoint deadline() const { return deadlines_.earliest(); }

  /// How many there are of @p program.
  [[nodiscard]] std::size_t of(std::string_view program) const;
  /// Those of @p taken from the disk that are to be forgotten go back there, and then are.
  void leave_out_unwanted(std::vector<stored::Notification>& taken);

 private:
  struct Pending {
    Answer answer;  ///< empty: nobody waits any more
    std::string id;
    std::string program;
    bool has_order = false;
    bool unwanted = false;  ///< it is to be forgotten
    bool reserved = false;
    std::optional<stored::Notification> copy{};  ///< of one that was reserved
    std::size_t size = 0;
    TimePoint begun{};
  };

  void forget(KeepId id, Pending& pending);
  void kept(KeepId id, const Result<stored::Kept>& what);
  void undo(Pending& pending, const stored::Kept& kept);
  void forget_unwanted();
  [[nodiscard]] bool withdraw(KeepId id, Pending& pending);

  stored::StoreThread& store_;
  Dispatcher& dispatcher_;
  LimitedLog& troubles_;
  std::unordered_map<KeepId, Pending> pending_;
  std::map<std::string, std::size_t, std::less<>> pending_of_;  ///< programs
  process::TimerQueue deadlines_;                               ///< of pending_
  KeepId last_id_ = 0;
  // Ids that are on disk though their callers were told that they aren't: to be forgotten next, and
  // those that are being forgotten.
  std::set<std::string> unwanted_;
  std::set<std::string> being_forgotten_;
};

}  // namespace kamexec::daemon

// SPDX-License-Identifier: GPL-2.0-or-later
// Calls that waited on disk here, and go on to the fleet's store: tried until the fleet has them,
// so that what waits behind one stays behind it.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "fleet/note_publisher.h"
#include "process/run.h"
#include "stored/notification.h"

namespace kamexec::daemon {

/// Used by the loop's thread alone; nothing waits.
class Forwards {
 public:
  /// Called by deliver(): ok, when the fleet has it; else refused, for what is in it, or because
  /// this ends.
  using Ended = std::function<void(const std::string& id, const process::RunResult& result)>;

  explicit Forwards(Ended ended) : ended_(std::move(ended)) {}
  Forwards(const Forwards&) = delete;
  Forwards& operator=(const Forwards&) = delete;

  /// nullptr: there is none. It must outlive the use of this.
  void set_publisher(fleet::NotePublisher* publisher) { publisher_ = publisher; }

  /// @p notification must live until its end was told.
  void begin(const stored::Notification& notification);
  /// Sends what is to be sent, and tells what is over.
  void deliver(TimePoint now);
  [[nodiscard]] TimePoint wake_at() const;

  /// Gives back those of programs that @p stays isn't true for.
  void keep_only(const std::function<bool(std::string_view program)>& stays);
  /// Gives all back, and tries none again.
  void stop();

  /// Why calls of @p program wait; absent: none does.
  [[nodiscard]] std::optional<std::string> trouble(std::string_view program) const;

 private:
  struct Forward {
    const stored::Notification* notification = nullptr;
    bool under_way = false;
    bool leaves = false;  ///< it isn't tried again
    std::chrono::milliseconds pause{0};
    TimePoint at = TimePoint::min();
    std::string trouble;
  };

  void send(const std::string& id, Forward& forward, TimePoint now);
  void sent(const std::string& id, const fleet::NoteOutcome& outcome);
  void end(const std::string& id, process::Outcome outcome);
  void leave(const std::string& id, Forward& forward);

  const Ended ended_;
  fleet::NotePublisher* publisher_ = nullptr;
  std::map<std::string, Forward> forwards_;  ///< by id; one of each program
  std::vector<std::pair<std::string, process::RunResult>> over_;
  bool stopping_ = false;
};

}  // namespace kamexec::daemon

// SPDX-License-Identifier: GPL-2.0-or-later
// Calls of clients on their way to the fleet's store: answered when they are there. Where they
// can't get there in time they are kept on disk here, and go on later.
#pragma once

#include <cstdint>
#include <unordered_map>

#include "base/clock.h"
#include "daemon/arriving_calls.h"
#include "fleet/note_publisher.h"
#include "stored/notification.h"

namespace kamexec::daemon {

/// Used by the loop's thread alone; nothing waits.
class PublishedCalls {
 public:
  using Answer = ArrivingCalls::Answer;
  using KeepId = ArrivingCalls::KeepId;

  /// @p arriving: of this host's store. Both outlive the use of this.
  PublishedCalls(ArrivingCalls& arriving, LimitedLog& troubles)
      : arriving_(arriving), troubles_(troubles) {}
  PublishedCalls(const PublishedCalls&) = delete;
  PublishedCalls& operator=(const PublishedCalls&) = delete;

  /// nullptr: there is none. It must outlive the use of this.
  void set_publisher(fleet::NotePublisher* publisher) { publisher_ = publisher; }
  [[nodiscard]] bool is_available() const {
    return publisher_ != nullptr && publisher_->is_available();
  }

  /// As ArrivingCalls::keep(), of a call for which is_available(); but 0: it has been answered. No
  /// id is one of ArrivingCalls'.
  [[nodiscard]] KeepId keep(stored::Notification made, TimePoint begun, TimePoint deadline,
                            Answer answer);
  /// Nobody waits for the answer, which isn't called any more. What was sent can't be taken back:
  /// it runs, or where it didn't get there it isn't kept. False: the id is none of these.
  bool cancel(KeepId id);

 private:
  struct Publishing {
    stored::Notification notification;
    TimePoint begun{};
    TimePoint deadline{};
    Answer answer;        ///< empty: nobody waits any more
    KeepId arriving = 0;  ///< not 0: it is on its way to this host's disk
  };

  void published(KeepId id, const fleet::NoteOutcome& outcome);
  void decide(KeepId id, Publishing& call, const fleet::NoteOutcome& outcome);
  void keep_here(KeepId id, Publishing& call);
  void tell(KeepId id, const process::RunResult& result);

  ArrivingCalls& arriving_;
  LimitedLog& troubles_;
  fleet::NotePublisher* publisher_ = nullptr;
  std::unordered_map<KeepId, Publishing> calls_;
  KeepId last_id_ = KeepId{1} << 63U;
};

}  // namespace kamexec::daemon

// SPDX-License-Identifier: GPL-2.0-or-later
// What all processes of a server share of its asynchronous calls. Made before the server forks;
// counters are in shared memory and atomic.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <vector>

#include "base/error.h"
#include "kamailio/async/channel.h"
#include "kamailio/async/job_list.h"
#include "kamailio/state/async_limits.h"

namespace kamexec::module {

class AsyncServer {
 public:
  /// Sets up for @p limits. For mod_init.
  [[nodiscard]] static Result<void> create(const AsyncLimits& limits);
  /// nullptr: there are no asynchronous calls.
  [[nodiscard]] static AsyncServer* get();

  [[nodiscard]] const AsyncLimits& limits() const { return limits_; }

  /// A place for one more job of that kind, or 0: as many as may be are under way. A place taken is
  /// given back by leave(), or taken over by begin().
  [[nodiscard]] AsyncId enter(Waiter waiter);
  void leave(Waiter waiter);
  /// @p job, whose place was taken by enter(), is under way from now on: the place is its own, and
  /// it is in the list of all.
  void begin(AsyncJob& job);
  /// It is over, in whatever process: both are given back, once. Needs no memory.
  void end(AsyncJob& job);
  /// Of that kind, the waiting ones too.
  [[nodiscard]] std::uint32_t under_way(Waiter waiter) const { return counter(waiter).load(); }

  /// Jobs that are under way.
  [[nodiscard]] const JobList& jobs() const { return jobs_; }

  /// The channel to the process that a job belongs to.
  [[nodiscard]] const AsyncChannel& channel_of(AsyncId id) const {
    return channels_[id % channels_.size()];
  }
  [[nodiscard]] const AsyncChannel& channel_at(std::size_t process) const {
    return channels_[process];
  }
  /// Has the module's processes look at what has changed for all of them.
  void wake_all() const;

 private:
  struct Shared {
    std::atomic<AsyncId> last_id{0};
    std::array<std::atomic<std::uint32_t>, kWaiters> under_way{};  ///< by Waiter
  };
  static_assert(std::atomic<AsyncId>::is_always_lock_free);

  [[nodiscard]] std::atomic<std::uint32_t>& counter(Waiter waiter) const {
    return shared_->under_way[static_cast<std::size_t>(waiter)];
  }

  AsyncLimits limits_;
  Shared* shared_ = nullptr;  ///< never freed: it is the server's until its end
  JobList jobs_;
  std::vector<AsyncChannel> channels_;
};

}  // namespace kamexec::module

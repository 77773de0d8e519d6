// SPDX-License-Identifier: GPL-2.0-or-later
// The workers of a pool: how many there are, who is next, who is replaced. Knows nothing of queues
// and calls.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "pool/back_off.h"
#include "pool/pool_counters.h"
#include "pool/pool_options.h"
#include "pool/worker.h"
#include "process/timer_queue.h"
#include "process/watch_set.h"

namespace kamexec::pool {

using WorkerNumber = std::uint64_t;

/// A worker, and what the crew knows of it.
struct Member {
  Member(WorkerNumber given, std::unique_ptr<WorkerChannel> channel, const PoolOptions& options,
         TimePoint now)
      : number(given), worker(std::move(channel), options, now) {}

  WorkerNumber number;
  Worker worker;
  std::uint64_t job = 0;              ///< of the pool; 0: none
  std::uint64_t most_requests = 0;    ///< 0: no limit
  TimePoint retire_at = kNoDeadline;  ///< by its age
  bool ready = false;                 ///< it has said a good hello
  bool due = false;                   ///< serves until a successor is ready
  bool replaced = false;              ///< that is there: leaves when its request is over

  Worker::State counted_as = Worker::State::starting;
  process::WatchedEnds<Worker::End> watched;
};

/// Not thread-safe. What it is given by reference must outlive it.
class Crew {
 public:
  Crew(const PoolOptions& options, std::unique_ptr<WorkerTransport> transport,
       process::WatchSet& watches, PoolCounters& counters);

  /// The one to be asked next, nullptr when none is idle. It is taken out of the idle ones: after
  /// Worker::begin(), update() or give_back() is to follow.
  [[nodiscard]] Member* take_idle();
  /// A worker that take_idle() gave and that is idle again, nothing else having happened to it.
  /// True when maintain() is wanted.
  bool give_back(Member& member, TimePoint now);

  /// To be called when anything has happened to a worker.
  void update(Member& member, TimePoint now);
  [[nodiscard]] Member* find(WorkerNumber number);
  /// The member that a key of the watch set means, and what of it is ready.
  [[nodiscard]] Member* find(process::WatchSet::Key key, Worker::End& end);
  /// Those whose Worker::on_time() is wanted.
  [[nodiscard]] std::vector<WorkerNumber> take_due(TimePoint now) { return timers_.take_due(now); }
  /// Forgets those that have ended; pointers to them are void then.
  void reap();

  /// Starts what is wanted and allowed, and closes what is too many or too old. @p waiting:
  /// requests for which no worker was idle. @p ahead: keep idle ones ready beside those at work.
  void maintain(TimePoint now, std::size_t waiting, bool ahead);
  /// Starts as many as PoolOptions::start says.
  void start_initial(TimePoint now);
  /// Lets each be replaced.
  void mark_all_due();
  /// Closes all, ends those at work at once, and starts none any more.
  void dismiss(TimePoint now, const std::string& why);

  /// When maintain() or take_due() is wanted, at the latest.
  [[nodiscard]] TimePoint wake_at(std::size_t waiting, bool ahead) const;

  /// Those that are ready, at work, or will be ready.
  [[nodiscard]] std::size_t alive() const { return gauges_.starting + gauges_.idle + gauges_.busy; }
  [[nodiscard]] const PoolGauges& gauges() const { return gauges_; }
  /// Those at hand whose successors aren't there yet.
  [[nodiscard]] std::size_t due() const { return due_; }
  [[nodiscard]] std::size_t stopping() const { return stopping_; }
  [[nodiscard]] bool empty() const { return members_.empty(); }
  [[nodiscard]] bool may_start(TimePoint now) const {
    return !dismissed_ && back_off_.may_start(now);
  }
  void succeeded() { back_off_.succeeded(); }

  /// Why the last one could not be started, and what it wrote to standard error.
  struct StartProblem {
    std::string why;
    std::string errors;
    int system_errno = 0;
  };
  [[nodiscard]] const StartProblem& start_problem() const { return start_problem_; }
  /// Why the last worker that went in a bad way did.
  [[nodiscard]] const std::string& last_fault() const { return last_fault_; }

  /// What a request may have to hold: what any worker so far wanted; everything while none was
  /// seen.
  [[nodiscard]] const Wants& wants() const { return wants_; }

  template <typename Function>
  void for_each(Function function) const {
    for (const auto& [number, member] : members_) {
      function(*member);
    }
  }

 private:
  [[nodiscard]] bool wants_more(std::size_t waiting, bool ahead) const;
  bool start_one(TimePoint now);
  void start_failed(std::string why, std::string errors, int system_errno, TimePoint now);
  void recount(Member& member, TimePoint now);
  void recount_as(Member& member, Worker::State state);
  void became_ready(Member& member, TimePoint now);
  void became_idle(Member& member, TimePoint now);
  void no_longer_alive(Member& member);
  void count_departure(Member& member, Worker::State before, TimePoint now);
  std::size_t* count_of(Worker::State state);
  int watch(Member& member);
  void release_one(TimePoint now);
  void close(Member& member, TimePoint now);
  void check_ages(TimePoint now);
  void mark_due(Member& member);

  const PoolOptions& options_;
  std::unique_ptr<WorkerTransport> transport_;
  process::WatchSet& watches_;
  process::TimerQueue timers_;
  PoolCounters& counters_;
  BackOff back_off_;

  std::unordered_map<WorkerNumber, std::unique_ptr<Member>> members_;
  std::vector<Member*> idle_;  // the one that was at work last is at the end
  std::vector<WorkerNumber> ended_;
  PoolGauges gauges_;
  std::size_t stopping_ = 0;  // of those that are leaving
  std::size_t due_ = 0;       // alive, due and not yet replaced
  std::size_t replaced_ = 0;  // busy still
  WorkerNumber last_number_ = 0;
  TimePoint check_ages_at_ = kNoDeadline;
  Wants wants_{true, true, true};
  bool any_was_ready_ = false;
  StartProblem start_problem_;
  std::string last_fault_;
  bool dismissed_ = false;
};

}  // namespace kamexec::pool

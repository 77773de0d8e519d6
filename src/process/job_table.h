// SPDX-License-Identifier: GPL-2.0-or-later
// The jobs of one loop, from the moment that it takes them in until their completions have been
// called: what Supervisor and Pool have in common. The table knows nothing of what a job does.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <unordered_map>
#include <utility>

#include "base/clock.h"
#include "process/program_start.h"
#include "process/timer_queue.h"

namespace kamexec::process {

/// Of one table; never used twice.
using JobId = std::uint64_t;
/// Called exactly once for each job that was taken in, by the loop alone.
using JobCompletion = std::function<void(JobId, RunResult)>;

enum class JobState {
  admitted,  ///< is to be started next
  queued,    ///< waits until it may be started
  running,
  finished,  ///< its result is there, and is to be delivered
};

/// What the table knows of a job; a job's type derives from it.
struct TableJob {
  JobId id = 0;
  TimePoint requested{};
  TimePoint deadline = kNoDeadline;
  JobCompletion completion{};
  JobState state = JobState::admitted;
  RunResult result{};
};

/// Not thread-safe. Pointers and references to jobs stay valid until the job is removed or
/// delivered. Only add(), enqueue() and set_time() of a job that has no time yet need memory: on
/// its way to its end a job needs none, so that a shortage loses no completion.
template <typename Job>
class JobTable {
 public:
  /// Takes a job in, as admitted. @p timeout from @p now until its deadline; 0: none.
  // It is moved, into a type that depends on Job, so that clang-tidy does not see it.
  // NOLINTNEXTLINE(performance-unnecessary-value-param)
  Job& add(TimePoint now, std::chrono::milliseconds timeout, JobCompletion completion) {
    List node(1);
    Job& job = node.front();
    job.id = ++last_id_;
    job.requested = now;
    job.deadline = timeout.count() > 0 ? after(now, timeout) : kNoDeadline;
    job.completion = std::move(completion);
    by_id_.emplace(job.id, node.begin());
    list(JobState::admitted).splice(list(JobState::admitted).end(), node);
    return job;
  }

  /// Forgets the job: no completion is called.
  void remove(Job& job) {
    timers_.remove(job.id);
    const auto known = by_id_.find(job.id);
    const auto node = known->second;
    by_id_.erase(known);
    list(job.state).erase(node);
  }

  /// Puts the job at the end of those in @p state. Its time stays.
  void move_to(Job& job, JobState state) {
    List& to = list(state);
    to.splice(to.end(), list(job.state), by_id_.find(job.id)->second);
    job.state = state;
  }

  /// Lets the job wait until its deadline, and no longer than @p queue_time from its request; 0: no
  /// other limit. Where there is no memory the job is where it was.
  void enqueue(Job& job, std::chrono::milliseconds queue_time) {
    const bool limited = queue_time.count() > 0;
    set_time(job,
             limited ? std::min(job.deadline, after(job.requested, queue_time)) : job.deadline);
    move_to(job, JobState::queued);
  }

  /// The job's result is there: deliver() passes it on.
  void finish(Job& job) {
    timers_.remove(job.id);
    move_to(job, JobState::finished);
  }

  /// When next_due() is to give the job. Without a limit it stays known, so that a later time needs
  /// no memory.
  void set_time(Job& job, TimePoint time) {
    timers_.set(job.id, std::min(time, TimerQueue::kNotAwaited));
  }
  void clear_time(Job& job) { timers_.remove(job.id); }
  /// The job whose time has come, the earliest first; nullptr: none. Its time counts as passed.
  [[nodiscard]] Job* next_due(TimePoint now) {
    const auto due = timers_.next_due(now);
    return due ? find(*due) : nullptr;
  }
  /// When a job is due; the past where results are to be delivered.
  [[nodiscard]] TimePoint wake_at() const {
    return list(JobState::finished).empty() ? timers_.earliest() : TimePoint::min();
  }

  /// Calls the completions of all that had finished when it was called, in the order in which they
  /// finished. Each may use the table: its job is known here no more.
  void deliver() {
    List finished;
    finished.swap(list(JobState::finished));
    while (!finished.empty()) {
      List one;
      one.splice(one.end(), finished, finished.begin());
      Job& job = one.front();
      by_id_.erase(job.id);
      if (job.completion) {
        job.completion(job.id, std::move(job.result));
      }
    }
  }

  /// nullptr: it was delivered, removed, or never known.
  [[nodiscard]] Job* find(JobId id) {
    const auto known = by_id_.find(id);
    return known == by_id_.end() ? nullptr : &*known->second;
  }
  /// The one that has been in @p state for longest; nullptr: there is none.
  [[nodiscard]] Job* first(JobState state) {
    return list(state).empty() ? nullptr : &list(state).front();
  }
  [[nodiscard]] std::size_t count(JobState state) const { return list(state).size(); }
  /// All that are known, those to be delivered among them.
  [[nodiscard]] std::size_t size() const { return by_id_.size(); }
  [[nodiscard]] bool empty() const { return by_id_.empty(); }

  /// @p function may move and finish jobs, but neither add nor remove any.
  template <typename Function>
  void for_each(Function function) {
    for (auto& [id, node] : by_id_) {
      function(*node);
    }
  }

 private:
  using List = std::list<Job>;

  [[nodiscard]] List& list(JobState state) { return lists_[static_cast<std::size_t>(state)]; }
  [[nodiscard]] const List& list(JobState state) const {
    return lists_[static_cast<std::size_t>(state)];
  }

  // A job is a node of the list of its state, and moves from list to list.
  std::array<List, 4> lists_;
  std::unordered_map<JobId, typename List::iterator> by_id_;
  TimerQueue timers_;
  JobId last_id_ = 0;
};

}  // namespace kamexec::process

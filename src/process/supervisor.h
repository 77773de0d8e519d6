// SPDX-License-Identifier: GPL-2.0-or-later
// Many commands at once, in one thread that never waits longer than it is told to.
#pragma once

#include <memory>

#include "base/clock.h"
#include "base/error.h"
#include "process/job_table.h"
#include "process/process_table.h"
#include "process/program_start.h"
#include "process/shared_slots.h"
#include "process/watch_set.h"

namespace kamexec::process {

enum class StopReason;

struct SupervisorLimits {
  /// Programs that run at the same time; at least 1.
  std::size_t most_running = 64;
  /// Commands that wait for a slot. What comes then is refused at once.
  std::size_t most_queued = 1024;
  /// The longest a command waits for a slot; 0: as long as its own deadline allows.
  std::chrono::milliseconds queue_time{0};
  /// Slots that are shared with others, nullptr: none are. Must outlive the Supervisor.
  SharedSlots* slots = nullptr;
};

/// Owns programs from submit() to their end. One process and one thread use it, the one that made
/// it, and it must live as long as the programs (see spawn.h). In a child that the host forks it is
/// dead: there it may only be destroyed, which touches no program.
///
/// Where memory is short, submit() throws std::bad_alloc and has taken nothing; a job that was
/// taken ends as Cause::refused where it had not started, else as Cause::unusable, with "short of
/// memory". No other job is touched by that.
///
/// Where it can't wait for what its programs do (poll_until.h), it ends those that run.
///
/// Unlike run() it holds no signals back: the host that is told to end calls stop_all(). The host
/// must not reap children that aren't its own; where it does, the outcome is Cause::unusable.
class Supervisor {
 public:
  /// Called exactly once for each job that submit() took, from step() or run_until() alone. May
  /// call submit(), cancel() and stop_all(); must not throw, nor destroy the Supervisor.
  using Completion = JobCompletion;

  /// A start takes as long as the kernel and the program's loader want, a millisecond or, on a busy
  /// machine, many, and everything else waits: of the slots that are free no more than so many are
  /// filled between two handle_events(). One of these costs a hundredth of a start.
  static constexpr int kStartsAtOnce = 1;

  [[nodiscard]] static Result<std::unique_ptr<Supervisor>> create(const SupervisorLimits& limits);
  /// Kills the process groups of what still runs; no completion is called. For whole trees, and an
  /// end in good order, stop_all() and run_until() come first.
  ~Supervisor();
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;

  /// Starts the program, now or in one of the next steps, or queues it. All that @p start and @p
  /// options point to is copied. The deadline counts from now, waiting included; what is not
  /// started by then ends as Cause::deadline, what waited longer than queue_time as Cause::refused.
  /// @p may_wait false: refused where no slot is free.
  /// The error is an outcome with Cause::refused: the queue is full, or stop_all() was called. A
  /// program that can't be started is no error here but tells so in its completion.
  [[nodiscard]] tl::expected<JobId, Outcome> submit(const ProgramStart& start,
                                                    const RunOptions& options,
                                                    Completion completion, bool may_wait = true);

  /// As submit(), and copies nothing: all that @p start and @p options point to must live until the
  /// completion is called, or the Supervisor destroyed.
  [[nodiscard]] tl::expected<JobId, Outcome> submit_views(const ProgramStart& start,
                                                          const RunOptions& options,
                                                          Completion completion,
                                                          bool may_wait = true);

  /// Ends a job's tree, or takes it out of the queue: Cause::deadline, "cancelled". False when the
  /// job is over or unknown. Doesn't wait; the completion comes from a later step().
  bool cancel(JobId id);

  /// Ends all, as cancel() does, with "the server is stopping", and refuses what comes from now on.
  void stop_all();

  /// Waits until something happens, but not past @p until, and handles it; then starts what may.
  /// Clock::now(), or earlier, doesn't wait.
  void step(TimePoint until) {
    handle_events(until);
    start_some();
  }
  /// Its halves, for a host that has something to do between them: pass on what was delivered.
  void handle_events(TimePoint until);
  void start_some();

  /// Steps until nothing runs or waits: true; or until @p until: false.
  bool run_until(TimePoint until);

  /// Readable when step() has something to do: for the host's own loop. Not to be read or changed.
  [[nodiscard]] int fd() const { return watches_.fd(); }

  /// Those that are about to be started, too.
  [[nodiscard]] std::size_t running() const { return running_; }
  [[nodiscard]] std::size_t queued() const;
  [[nodiscard]] bool idle() const;

 private:
  struct Job;

  Supervisor(const SupervisorLimits& limits, WatchSet watches);

  [[nodiscard]] tl::expected<JobId, Outcome> take_in(const ProgramStart& start,
                                                     const RunOptions& options,
                                                     Completion completion, bool may_wait,
                                                     bool copied);
  [[nodiscard]] bool take_slot();
  void give_slot_back();
  [[nodiscard]] bool join_queue() const;
  void leave_queue() const;
  void admit_queued();
  void start_program(Job& job);
  template <typename Body>
  void guarded(Job& job, Body body);
  void fail(Job& job);
  void on_ready(WatchSet::Key key, TimePoint now);
  void on_time(Job& job, TimePoint now, ProcessTable& table);
  void update(Job& job);
  void finish(Job& job, Outcome outcome);
  void stop(Job& job, StopReason reason);
  [[nodiscard]] bool waits_for_shared_slot() const;
  void set_alarm();

  SupervisorLimits limits_;
  WatchSet watches_;
  JobTable<Job> jobs_;
  int starts_left_ = kStartsAtOnce;
  std::size_t running_ = 0;  // slots taken: of those that are admitted or running
  bool stopping_ = false;
};

}  // namespace kamexec::process

// SPDX-License-Identifier: GPL-2.0-or-later
// Long-lived workers that answer calls: what a program run once would say by its exit status and
// its standard output, without the cost of starting it. docs/worker-protocol.md is what they speak.
//
// Two ways to use one, not both with the same pool:
// - call(), one request at a time, with no loop between calls: what died, got old or was replaced
//   meanwhile is seen when the next call comes;
// - submit() with step(), many at once, for a process with a loop.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "pool/breaker.h"
#include "pool/crew.h"
#include "pool/pool_counters.h"
#include "pool/pool_options.h"
#include "pool/request_id.h"
#include "pool/worker_channel.h"
#include "pool/worker_request.h"
#include "process/job_table.h"
#include "process/outcome.h"
#include "process/program_start.h"
#include "process/watch_set.h"

namespace kamexec::pool {

/// Belongs to the process and the thread that made it, which must live as long as the workers (see
/// spawn.h). In a child that the host forks it is dead: there it may only be destroyed, which
/// touches no worker. The host must not reap children that aren't its own.
class Pool {
 public:
  using JobId = process::JobId;
  /// As Supervisor::Completion: exactly once for each job that submit() took, from step() or
  /// run_until() alone. May call submit(), cancel() and stop_all(); must not throw, nor destroy the
  /// pool.
  using Completion = process::JobCompletion;

  /// Starts nothing yet. @p program: its environment, working directory and rights are the
  /// workers'.
  [[nodiscard]] static Result<std::unique_ptr<Pool>> create(const PoolOptions& options,
                                                            const process::ProgramStart& program);
  /// With workers of another kind.
  [[nodiscard]] static Result<std::unique_ptr<Pool>> create(
      const PoolOptions& options, std::unique_ptr<WorkerTransport> transport);
  /// Kills the process groups of workers that still run; no completion is called. For an end in
  /// good order, stop_all() and run_until() come first.
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  /// Starts the first workers, ahead of the first call. Doesn't wait for them.
  void start_workers();

  /// Asks a worker and waits for its answer, @p timeout from now at the longest; 0: no limit. What
  /// the outcome says:
  /// - ok, nonzero_exit: the reply's status, which is in exit_status; output is its lines;
  /// - deadline: no reply in time, or no worker was ready in time;
  /// - not_started: no worker could be started;
  /// - refused: the breaker is open, workers fail at once again and again, the request is too long;
  /// - unusable: the worker broke the protocol, ended, or said "error".
  /// pid is the worker's, error what it wrote to standard error meanwhile. A worker that failed has
  /// been ended with all it started when this returns: after a deadline that may take `stop.grace`
  /// longer. Blocks no signals while it waits for a reply; EINTR is nothing to it.
  void call(const WorkerRequest& request, std::chrono::milliseconds timeout,
            process::RunResult& result);
  [[nodiscard]] process::RunResult call(const WorkerRequest& request,
                                        std::chrono::milliseconds timeout);

  /// Asks a worker that is idle, or queues the request; it is copied. The deadline counts from now,
  /// waiting included. The error is an outcome with Cause::refused (see call()), also when the
  /// queue is full or stop_all() was called. Outcomes as of call().
  ///
  /// @p may_wait false: refused where no worker is idle and none can be started for it. One that is
  /// started is waited for: a pool that has room grows by the calls that come.
  [[nodiscard]] tl::expected<JobId, process::Outcome> submit(const WorkerRequest& request,
                                                             std::chrono::milliseconds timeout,
                                                             Completion completion,
                                                             bool may_wait = true);

  /// Takes a job out of the queue, or ends its worker: Cause::deadline, "cancelled". False when the
  /// job is over or unknown. The completion comes from a later step().
  bool cancel(JobId id);

  /// Replaces all workers without failing a call: each serves until its successor has said hello.
  /// Where those can't be started, the old ones stay.
  void reload();

  /// The same for one that is used by call(), which otherwise is answered by old workers until new
  /// ones are ready: waits for those, as long as they start, but not past @p until.
  void reload_until(TimePoint until);

  /// Ends all: jobs as cancel() does, with "the server is stopping", idle workers in good order;
  /// and refuses what comes from now on.
  void stop_all();

  /// Waits until something happens, but not past @p until, and handles it. Clock::now(), or
  /// earlier, doesn't wait. Where it can't wait (poll_until.h), it ends the workers that have a
  /// request, as call() does.
  void step(TimePoint until);
  /// Steps until no job is left, and after stop_all() no worker either: true; or until @p until:
  /// false.
  bool run_until(TimePoint until);
  /// Readable when step() has something to do: for the host's own loop. Not to be read or changed.
  [[nodiscard]] int fd() const { return watches_.fd(); }
  /// Nothing that was submitted is left, completions included.
  [[nodiscard]] bool idle() const { return jobs_.empty(); }
  /// No worker is left, which is so some time after stop_all().
  [[nodiscard]] bool empty() const { return crew_.empty(); }

  /// What a request may have to hold. A host need not make what is false here.
  [[nodiscard]] const Wants& wants() const { return crew_.wants(); }
  [[nodiscard]] const PoolCounters& counters() const { return counters_; }
  [[nodiscard]] PoolGauges gauges() const;
  /// Why the last worker that went in a bad way did, in printable words; empty: none did. Also of
  /// one that died between calls, which no outcome tells.
  [[nodiscard]] const std::string& last_fault() const { return crew_.last_fault(); }

  struct WorkerInfo {
    pid_t pid = 0;
    Worker::State state = Worker::State::starting;
    std::uint64_t served = 0;
    TimePoint started_at{};
  };
  /// Oldest first.
  [[nodiscard]] std::vector<WorkerInfo> workers() const;

 private:
  struct Job;
  /// Whose failure an outcome is, for the breaker.
  enum class Blame { workers, nobody };
  enum class Handed { given, none_idle, refused, unwritable };

  Pool(const PoolOptions& options, std::unique_ptr<WorkerTransport> transport,
       process::WatchSet watches);

  void call_fast(Member& member, process::RunResult& result, Breaker::Pass pass, TimePoint now);
  void call_slowly(const WorkerRequest& request, std::chrono::milliseconds timeout,
                   TimePoint requested, int failed_writes, Breaker::Pass pass,
                   process::RunResult& result);
  void wait_for_endings();

  [[nodiscard]] Breaker::Pass admit(TimePoint now, process::Outcome& refusal);
  [[nodiscard]] Handed hand_over(const WorkerRequest& request, TimePoint requested,
                                 TimePoint deadline, TimePoint now, int& failed_writes,
                                 Member*& member);
  [[nodiscard]] bool abandon(JobId id, Breaker::Pass pass);
  [[nodiscard]] tl::expected<JobId, process::Outcome> hand_in(Job& job,
                                                              const WorkerRequest& request,
                                                              bool may_wait, TimePoint now);
  [[nodiscard]] Worker::Begun begin(Member& member, const WorkerRequest& request,
                                    const RequestId& id, TimePoint requested, TimePoint deadline,
                                    TimePoint now);
  [[nodiscard]] tl::expected<JobId, process::Outcome> enqueue(Job& waiting,
                                                              const WorkerRequest& request,
                                                              bool may_wait, TimePoint now);
  void serve_queue(TimePoint now);
  void expire(Job& job, TimePoint now);
  void fail_queue(const process::Outcome& outcome);
  void give(Job& job, Member& member, TimePoint now);
  [[nodiscard]] process::Outcome not_started() const;
  [[nodiscard]] process::Outcome too_long() const;
  [[nodiscard]] static process::Outcome unwritable();

  void step(TimePoint until, bool ahead);
  void settle(Member& member, TimePoint now);
  void finish(Job& job, Blame blame);
  void finish_unsent(Job& job, process::Outcome outcome, Blame blame);
  void account(const process::Outcome& outcome, Breaker::Pass pass, Blame blame, TimePoint now);
  void set_alarm(bool ahead);
  [[nodiscard]] std::size_t queued() const;

  PoolOptions options_;
  process::WatchSet watches_;
  PoolCounters counters_;
  Crew crew_;
  Breaker breaker_;
  RequestIds request_ids_;
  process::Outcome refusal_;  // why hand_over() has refused the last that it did
  process::JobTable<Job> jobs_;
  bool stopping_ = false;
};

}  // namespace kamexec::pool

// SPDX-License-Identifier: GPL-2.0-or-later
#include "kamailio/async/job_process.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <deque>
#include <exception>
#include <list>
#include <memory>
#include <unordered_map>
#include <utility>

#include "kamailio/async/async_server.h"
#include "kamailio/async/resumed_call.h"
#include "kamailio/calls/record_call.h"
#include "kamailio/host/guard.h"
#include "kamailio/host/host_counters.h"
#include "kamailio/host/host_process.h"
#include "kamailio/host/log.h"
#include "kamailio/programs/called_programs.h"
#include "kamailio/programs/server_executor.h"
#include "kamailio/programs/service_programs.h"
#include "kamailio/state/settings.h"
#include "process/poll_until.h"
#include "process/signal_guard.h"
#include "process/supervisor.h"

namespace kamexec::module {
namespace {

/// How long the end of what runs may take when the server stops.
constexpr std::chrono::seconds kStopTime{5};

/// Cancels that are remembered because their jobs aren't here yet: a CANCEL may overtake the job
/// that it is for, by a few microseconds. Most are for jobs that are over.
constexpr std::size_t kEarlyCancels = 64;

/// After a turn that failed.
constexpr std::chrono::milliseconds kPause{50};
/// How often calls that were lost in one are looked for, and how long after a call's last moment it
/// counts as lost.
constexpr std::chrono::milliseconds kLookForLost{500};
constexpr std::chrono::milliseconds kLost{2000};

/// While the host's code runs: it may wait for long (a route that asks a database) or for ever (for
/// a lock that another process held when the host ended it), so that the signals which tell the
/// server to end are let through. The host's handler ends the process then, and the main process
/// what ran here, see kamexec_end_what_is_left().
class HostsCode {
 public:
  /// @p mask: the host's own, see hold_stop_signals().
  explicit HostsCode(const sigset_t& mask) { pthread_sigmask(SIG_SETMASK, &mask, &held_); }
  ~HostsCode() { pthread_sigmask(SIG_SETMASK, &held_, nullptr); }
  HostsCode(const HostsCode&) = delete;
  HostsCode& operator=(const HostsCode&) = delete;

 private:
  sigset_t held_;
};

class JobProcess {
 public:
  /// @p mask: the host's own, while @p stop is blocked.
  JobProcess(AsyncServer& server, const AsyncChannel& channel, engine::Executor& executor,
             process::StopSignals stop, const sigset_t& mask)
      : server_(server),
        channel_(channel),
        executor_(executor),
        stop_(std::move(stop)),
        mask_(mask) {}

  void run() {
    start_called_pools(CalledBy::job_process);
    while (!told_to_stop_) {
      bool done = false;
      try {
        done = turn();
      } catch (const std::exception&) {
        // Short of memory: what it didn't come to is there in the next turn.
      }
      if (!done) {
        failed_ = true;
        log_error("a process for asynchronous calls is out of memory");
        pause();
      }
    }
    executor_.stop_until(Clock::now() + kStopTime);
  }

 private:
  /// From its coming to its route. A node moves from list to list: nothing on its way needs memory.
  struct Call {
    std::unique_ptr<const program::Program> asked;  ///< the job's program, see AsyncJob
    AsyncJobPtr job;
    engine::Cancel cancel;
    process::RunResult result;
    TimePoint latest = kNoDeadline;  ///< its completion must have come by then
    bool lost = false;               ///< it had not
  };
  using Calls = std::list<Call>;

  /// First what has come of earlier calls, so that these wait for no start. false: not all could be
  /// done, for lack of memory.
  bool turn() {
    wait();
    if (told_to_stop_) {
      return true;
    }
    refresh();
    bool done = executor_.step();
    resume_ended();
    while (std::optional<AsyncNotice> notice = channel_.receive()) {
      if (notice->job) {
        submit(std::move(notice->job));
      } else if (notice->cancelled != 0) {
        cancel(notice->cancelled);
      }
    }
    done &= executor_.start_some();
    end_lost();
    return done;
  }

  void refresh() const {
    const HostsCode let_through(mask_);
    host_process_refresh();
  }

  /// After a turn that failed the next one would, too: no busy loop. Ends early to stop.
  void pause() const {
    pollfd stop{stop_.fd(), POLLIN, 0};
    static_cast<void>(process::poll_until(&stop, 1, after(Clock::now(), kPause)));
  }

  void wait() {
    std::array<pollfd, 3> watched{
        {{channel_.fd(), POLLIN, 0}, {stop_.fd(), POLLIN, 0}, {executor_.fd(), POLLIN, 0}}};
    const bool stop_is_watched = stop_.fd() >= 0;
    TimePoint until = ended_.empty() ? kNoDeadline : TimePoint::min();
    if (failed_ && !running_.empty()) {
      until = std::min(until, after(Clock::now(), kLookForLost));
    }
    if (!stop_is_watched) {
      until = std::min(until, after(Clock::now(), process::StopSignals::kCheckInterval));
    }
    // Where it fails, what is due is done all the same.
    static_cast<void>(process::poll_until(watched.data(), watched.size(), until));
    told_to_stop_ = stop_is_watched ? (watched[1].revents & POLLIN) != 0 : stop_.told();
  }

  void cancel(AsyncId id) {
    if (const auto call = by_id_.find(id); call != by_id_.end()) {
      call->second->cancel();
      return;
    }
    early_cancels_.push_back(id);
    if (early_cancels_.size() > kEarlyCancels) {
      early_cancels_.pop_front();
    }
  }

  [[nodiscard]] bool cancelled_early(AsyncId id) {
    const auto found = std::find(early_cancels_.begin(), early_cancels_.end(), id);
    if (found == early_cancels_.end()) {
      return false;
    }
    early_cancels_.erase(found);
    return true;
  }

  /// What can't be taken goes on at once, with an outcome that says so.
  void submit(AsyncJobPtr job) noexcept {
    process::RunResult result;
    Calls node;
    try {
      node.resize(1);
      if (!job->asked_program.empty()) {
        node.front().asked = asked_program(job->asked_program);
        job->invocation.program = node.front().asked.get();
      }
      if (cancelled_early(job->id)) {
        result.outcome = process::Outcome::cancelled();
      } else if (take(job, node, result.outcome)) {
        return;
      }
    } catch (const std::exception&) {
      result.outcome = process::Outcome::short_of_memory(process::Cause::refused);
    }
    resume(std::move(job), std::move(result));
  }

  /// @p node: for the job, once it was taken. The outcome says why it was not.
  bool take(AsyncJobPtr& job, Calls& node, process::Outcome& why_not) {
    const AsyncId id = job->id;
    Call& call = node.front();
    const engine::Invocation& invocation = job->invocation;
    if (invocation.deadline != kNoDeadline) {
      call.latest = after(invocation.deadline, invocation.stop.grace + kLost);
    }
    const auto place = by_id_.emplace(id, node.begin()).first;
    try {
      auto taken = executor_.submit(
          invocation, [this, id](process::RunResult result) { ended(id, std::move(result)); });
      if (taken) {
        call.cancel = std::move(*taken);
        call.job = std::move(job);
        running_.splice(running_.end(), node);
        return true;
      }
      why_not = std::move(taken.error());
    } catch (...) {
      by_id_.erase(place);
      throw;
    }
    by_id_.erase(place);
    return false;
  }

  /// Where a turn that failed has cost a call its completion, its route still goes on.
  void end_lost() {
    for (auto call = running_.begin(); failed_ && call != running_.end();) {
      const auto one = call++;
      if (Clock::now() >= one->latest) {
        process::RunResult result;
        result.outcome = process::Outcome::short_of_memory(process::Cause::unusable);
        one->lost = true;
        ended(one->job->id, std::move(result));
      }
    }
  }

  void ended(AsyncId id, process::RunResult result) noexcept {
    const auto call = by_id_.find(id);
    if (call == by_id_.end()) {
      const HostsCode let_through(mask_);
      lost_.remove_if([id](const Call& lost) { return lost.job->id == id; });
      return;
    }
    call->second->result = std::move(result);
    ended_.splice(ended_.end(), running_, call->second);
    by_id_.erase(call);
  }

  void resume_ended() {
    while (!ended_.empty()) {
      if (stop_.told()) {
        return;  // so that what runs is ended in good order
      }
      Calls one;
      one.splice(one.end(), ended_, ended_.begin());
      Call& call = one.front();
      if (call.lost) {
        go_on(*call.job, std::move(call.result));
        lost_.splice(lost_.end(), one);
      } else {
        resume(std::move(call.job), std::move(call.result));
      }
    }
  }

  void resume(AsyncJobPtr given, process::RunResult result) noexcept {
    const HostsCode let_through(mask_);
    const AsyncJobPtr job = std::move(given);  // freed while they are let through
    go_on(*job, std::move(result));
  }

  void go_on(AsyncJob& job, process::RunResult result) noexcept {
    const HostsCode let_through(mask_);
    // Over before its route goes on: that may call the next command, and there is a slot for it.
    server_.end(job);
    try {
      if (job.waiter == Waiter::nobody) {
        record_call(std::string(job.label), result, job.invocation.program);
      } else if (!resume_with(job, std::move(result))) {
        host_counter_add(HOST_COUNTER_ASYNC_GONE, 1);
      }
    } catch (const std::exception& e) {
      log_error(e.what());
    }
  }

  AsyncServer& server_;
  const AsyncChannel& channel_;
  engine::Executor& executor_;
  process::StopSignals stop_;
  const sigset_t mask_;
  bool told_to_stop_ = false;
  bool failed_ = false;  ///< a turn has, ever
  Calls running_;
  Calls ended_;
  Calls lost_;  ///< have gone on without a completion: what runs them may still read their blocks
  std::unordered_map<AsyncId, Calls::iterator> by_id_;
  std::deque<AsyncId> early_cancels_;
};

/// Blocks what tells the server to end, so that commands are ended first.
process::StopSignals hold_stop_signals(sigset_t* before) {
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTERM);
  sigaddset(&stop, SIGINT);
  pthread_sigmask(SIG_BLOCK, &stop, before);
  return process::StopSignals(stop);
}

/// A process' share of the commands that @p slots let run.
process::SupervisorLimits limits_of(const AsyncSlots& slots, std::size_t processes) {
  process::SupervisorLimits limits;
  limits.most_running = (slots.most_running + processes - 1) / processes;
  // The slots of AsyncServer are the limit; here all of them must fit.
  limits.most_queued = slots.most();
  return limits;
}

engine::CommandQueues queues_of(const AsyncLimits& all) {
  const auto processes = static_cast<std::size_t>(all.processes);
  return {limits_of(all.of(Waiter::transaction), processes),
          limits_of(all.of(Waiter::nobody), processes)};
}

void run_jobs(int number) {
  AsyncServer* server = AsyncServer::get();
  sigset_t before;
  process::StopSignals stop = hold_stop_signals(&before);
  engine::Executor& executor = server_executor();
  if (const Result<void> opened = executor.open_queues(queues_of(server->limits())); !opened) {
    log_error("a process for asynchronous calls can't work: " + opened.error().message);
    return;
  }
  JobProcess process(*server, server->channel_at(static_cast<std::size_t>(number)), executor,
                     std::move(stop), before);
  process.run();
  pthread_sigmask(SIG_SETMASK, &before, nullptr);  // the host's own handler ends the process now
  for (;;) {
    ::pause();
  }
}

}  // namespace

void run_job_process(int number) noexcept {
  guarded([number] { run_jobs(number); });
}

}  // namespace kamexec::module

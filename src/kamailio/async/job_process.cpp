// SPDX-License-Identifier: GPL-2.0-or-later
#include "kamailio/async/job_process.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <deque>
#include <exception>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include "kamailio/async/async_server.h"
#include "kamailio/async/resumed_call.h"
#include "kamailio/async/runners.h"
#include "kamailio/host_counters.h"
#include "kamailio/host_process.h"
#include "kamailio/log.h"
#include "kamailio/record_call.h"
#include "kamailio/settings.h"
#include "process/poll_until.h"
#include "process/signal_guard.h"
#include "process/supervisor.h"

namespace kamexec {
namespace {

/// How long the end of what runs may take when the server stops.
constexpr std::chrono::seconds kStopTime{5};

/// Cancels that are remembered because their jobs aren't here yet: a CANCEL may overtake the job
/// that it is for, by a few microseconds. Most are for jobs that are over.
constexpr std::size_t kEarlyCancels = 64;

class JobProcess {
 public:
  JobProcess(AsyncServer& server, const AsyncChannel& channel, Runners::Commands commands,
             StopSignals stop)
      : server_(server), channel_(channel), runners_(std::move(commands)), stop_(std::move(stop)) {}

  void run() {
    runners_.start_pools();
    while (!told_to_stop_) {
      try {
        turn();
      } catch (const std::exception& e) {
        log_error(std::string("in a process for asynchronous calls: ") + e.what());
      }
    }
    runners_.stop_until(Clock::now() + kStopTime);
  }

 private:
  struct Ended {
    AsyncJobPtr job;
    RunResult result;
  };

  void turn() {
    wait();
    host_process_refresh();
    while (std::optional<AsyncNotice> notice = channel_.receive()) {
      handle(std::move(*notice));
    }
    runners_.step();
    resume_ended();
  }

  void wait() {
    watched_.assign({{channel_.fd(), POLLIN, 0}, {stop_.fd(), POLLIN, 0}});
    runners_.watch(watched_);
    const bool stop_is_watched = stop_.fd() >= 0;
    TimePoint until = ended_.empty() ? no_deadline : TimePoint::min();
    if (!stop_is_watched) {
      until = std::min(until, after(Clock::now(), StopSignals::look_again));
    }
    if (!poll_until(watched_.data(), watched_.size(), until)) {
      pause_briefly();  // what is due is done all the same
    }
    told_to_stop_ = stop_is_watched ? (watched_[1].revents & POLLIN) != 0 : stop_.told();
  }

  void handle(AsyncNotice notice) {
    if (!notice.job) {
      if (notice.cancelled == 0) {
        return;
      }
      const auto running = running_.find(notice.cancelled);
      if (running != running_.end()) {
        running->second();
        return;
      }
      early_cancels_.push_back(notice.cancelled);
      if (early_cancels_.size() > kEarlyCancels) {
        early_cancels_.pop_front();
      }
      return;
    }
    submit(std::move(notice.job));
  }

  [[nodiscard]] bool cancelled_early(AsyncId id) {
    const auto found = std::find(early_cancels_.begin(), early_cancels_.end(), id);
    if (found == early_cancels_.end()) {
      return false;
    }
    early_cancels_.erase(found);
    return true;
  }

  void end_unstarted(AsyncJobPtr job, Outcome outcome) {
    RunResult result;
    result.outcome = std::move(outcome);
    ended_.push_back({std::move(job), std::move(result)});
  }

  void submit(AsyncJobPtr job) {
    if (cancelled_early(job->id)) {
      Outcome outcome;
      outcome.cause = Cause::deadline;
      outcome.detail = "cancelled";
      end_unstarted(std::move(job), std::move(outcome));
      return;
    }
    const AsyncId id = job->id;
    const auto taken = runners_.submit(*job, [this, id](RunResult result) {
      ended_.push_back({std::move(jobs_[id]), std::move(result)});
      jobs_.erase(id);
      running_.erase(id);
    });
    if (!taken) {
      end_unstarted(std::move(job), taken.error());
      return;
    }
    running_[id] = *taken;
    jobs_[id] = std::move(job);
  }

  void resume_ended() {
    while (!ended_.empty()) {
      const Ended one = std::move(ended_.front());
      ended_.pop_front();
      // Over before its route goes on: that may call the next command, and there is a place for it.
      server_.jobs().remove(*one.job);
      server_.leave(one.job->waiter);
      if (one.job->waiter == Waiter::transaction) {
        if (!resume_with(*one.job, one.result)) {
          host_counter_add(HOST_COUNTER_ASYNC_GONE, 1);
        }
      } else {
        RunResult result = one.result;
        record_call(std::string(unpack(*one.job).label), result, one.job->program);
      }
    }
  }

  AsyncServer& server_;
  const AsyncChannel& channel_;
  Runners runners_;
  StopSignals stop_;
  std::vector<pollfd> watched_;
  bool told_to_stop_ = false;
  std::unordered_map<AsyncId, AsyncJobPtr> jobs_;
  std::unordered_map<AsyncId, Runners::Cancel> running_;
  std::deque<Ended> ended_;
  std::deque<AsyncId> early_cancels_;
};

/// Blocks what tells the server to end, so that commands are ended first.
StopSignals hold_stop_signals(sigset_t* before) {
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTERM);
  sigaddset(&stop, SIGINT);
  pthread_sigmask(SIG_BLOCK, &stop, before);
  return StopSignals(stop);
}

/// For one of the server's processes.
Result<Runners::Commands> supervisors_for(const AsyncLimits& all) {
  const auto processes = static_cast<std::size_t>(all.processes);
  Runners::Commands made;
  for (std::size_t i = 0; i < kWaiters; ++i) {
    const AsyncPlaces& places = all.of(static_cast<Waiter>(i));
    SupervisorLimits limits;
    limits.most_running = (places.most_running + processes - 1) / processes;
    // The places of AsyncServer are the limit; here all of them must fit.
    limits.most_queued = places.most();
    Result<std::unique_ptr<Supervisor>> one = Supervisor::create(limits);
    if (!one) {
      return tl::unexpected<Error>(std::move(one.error()));
    }
    made[i] = std::move(*one);
  }
  return made;
}

}  // namespace

void run_job_process(int number) {
  try {
    AsyncServer* server = AsyncServer::get();
    sigset_t before;
    StopSignals stop = hold_stop_signals(&before);
    Result<Runners::Commands> commands = supervisors_for(server->limits());
    if (!commands) {
      log_error("a process for asynchronous calls can't work: " + commands.error().message);
      return;
    }
    JobProcess process(*server, server->channel_at(static_cast<std::size_t>(number)),
                       std::move(*commands), std::move(stop));
    process.run();
    pthread_sigmask(SIG_SETMASK, &before, nullptr);  // the host's own handler ends the process now
    for (;;) {
      ::pause();
    }
  } catch (const std::exception& e) {
    log_error(e.what());
  }
}

}  // namespace kamexec

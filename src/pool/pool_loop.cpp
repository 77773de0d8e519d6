// SPDX-License-Identifier: GPL-2.0-or-later
// The loop: what happened to workers and jobs, and who is told.
#include <algorithm>
#include <utility>

#include "pool/pool_job.h"
#include "process/deferred_reap.h"
#include "process/poll_until.h"

namespace kamexec {
namespace {

std::uint64_t* counter_of(PoolCounters& counters, Cause cause) {
  switch (cause) {
    case Cause::ok:
      return &counters.ok;
    case Cause::nonzero_exit:
      return &counters.nonzero_exit;
    case Cause::deadline:
      return &counters.deadline;
    case Cause::not_started:
      return &counters.not_started;
    case Cause::refused:
      return &counters.refused;
    case Cause::unusable:
      break;
  }
  return &counters.unusable;
}

}  // namespace

void Pool::step(TimePoint until) {
  step(until, true);
}

void Pool::step(TimePoint until, bool ahead) {
  reap_deferred();
  finished_.reserve(jobs_.size());  // what ends below needs no memory to be delivered
  set_alarm(ahead);
  const auto ready = watches_.wait(until);
  const TimePoint now = Clock::now();
  if (ready) {
    for (const WatchSet::Key key : *ready) {
      Worker::End end{};
      if (Member* member = crew_.find(key, end)) {
        member->worker.on_ready(end, now);
        settle(*member, now);
      }
    }
  } else {
    pause_briefly();  // the clock still ends what has to end
  }
  ProcessTable table;
  for (const TimerQueue::Key key : timers_.take_due(now)) {
    const auto place = jobs_.find(key >> 1);
    if ((key & 1) == 0) {
      if (Member* member = crew_.find(key >> 1)) {
        member->worker.on_time(now, table);
        settle(*member, now);
      }
    } else if (place != jobs_.end()) {
      expire(*place->second, now);
    }
  }
  crew_.bury();
  serve_queue(now);
  crew_.tend(now, queue_.size(), ahead);
  if (!queue_.empty() && crew_.alive() == 0) {
    fail_queue(not_started());
  }
  deliver();
  set_alarm(ahead);
}

bool Pool::run_until(TimePoint until) {
  while (!jobs_.empty() || (stopping_ && !crew_.empty())) {
    step(until);
    if (Clock::now() >= until) {
      break;
    }
  }
  return jobs_.empty() && (!stopping_ || crew_.empty());
}

/// Something has happened to a worker: the job that it had may be over.
void Pool::settle(Member& member, TimePoint now) {
  if (member.worker.has_result()) {
    const auto place = jobs_.find(std::exchange(member.job, 0));
    if (place != jobs_.end()) {
      Job& job = *place->second;
      member.worker.take_result(job.result, now);
      job.worker = 0;
      finish(job, job.cancelled ? Blame::nobody : Blame::workers);
    }
  }
  crew_.update(member, now);
}

void Pool::finish_unsent(Job& job, Outcome outcome, Blame blame) {
  take_out(job);
  outcome.duration = time_since(job.requested);
  job.result.outcome = std::move(outcome);
  finish(job, blame);
}

void Pool::finish(Job& job, Blame blame) {
  account(job.result.outcome, job.pass, blame, Clock::now());
  job.finished = true;
  finished_.push_back(job.id);
}

void Pool::account(const Outcome& outcome, Breaker::Pass pass, Blame blame, TimePoint now) {
  ++*counter_of(counters_, outcome.cause);
  if (outcome.cause == Cause::ok || outcome.cause == Cause::nonzero_exit) {
    crew_.succeeded();
    breaker_.succeeded();
  } else if (blame == Blame::nobody) {
    breaker_.abandoned(pass);
  } else if (breaker_.failed(pass, now)) {
    ++counters_.breaker_opened;
  }
}

/// Completions may submit and cancel: each is called when its job is known here no more.
void Pool::deliver() {
  for (const JobId id : std::exchange(finished_, {})) {
    const auto node = jobs_.extract(id);
    Job& job = *node.mapped();
    if (job.completion) {
      job.completion(id, std::move(job.result));
    }
  }
}

void Pool::set_alarm(bool ahead) {
  watches_.set_alarm(finished_.empty()
                         ? std::min(timers_.earliest(), crew_.wake_at(queue_.size(), ahead))
                         : TimePoint::min());
}

}  // namespace kamexec

// SPDX-License-Identifier: GPL-2.0-or-later
// A request's way to a worker: admitted, handed over at once or queued.
#include <algorithm>
#include <utility>

#include "pool/pool_job.h"

namespace kamexec {
namespace {

using std::chrono::milliseconds;

constexpr int kMostFailedWrites = 2;  // one worker, and another

Outcome outcome_of(Cause cause, std::string detail) {
  Outcome outcome;
  outcome.cause = cause;
  outcome.detail = std::move(detail);
  return outcome;
}

std::string in_milliseconds(TimePoint::duration span) {
  return std::to_string(std::chrono::duration_cast<milliseconds>(span).count()) + " ms";
}

}  // namespace

tl::expected<Pool::JobId, Outcome> Pool::submit(const WorkerRequest& request, milliseconds timeout,
                                                Completion completion) {
  const TimePoint now = Clock::now();
  ++counters_.calls;
  Outcome refusal;
  auto job = std::make_unique<Job>();
  job->pass = admit(now, refusal);
  if (job->pass == Breaker::Pass::no) {
    return tl::unexpected(std::move(refusal));
  }
  job->id = ++last_id_;
  job->requested = now;
  job->deadline = timeout.count() > 0 ? after(now, timeout) : kNoDeadline;
  job->completion = std::move(completion);
  const JobId id = job->id;
  const Breaker::Pass pass = job->pass;
  try {
    return hand_in(known(std::move(job)), request, now);
  } catch (...) {
    if (abandon(id, pass)) {
      throw;
    }
    return id;
  }
}

/// From here on jobs_ has the job; what its way to the end needs of finished_ is there.
Pool::Job& Pool::known(std::unique_ptr<Job> job) {
  finished_.reserve(jobs_.size() + 1);
  const JobId id = job->id;
  return *jobs_.emplace(id, std::move(job)).first->second;
}

/// After a shortage of memory: forgets the job, unless it is well under way and what failed was for
/// those behind it: false.
bool Pool::abandon(JobId id, Breaker::Pass pass) {
  if (const auto place = jobs_.find(id); place != jobs_.end()) {
    if (place->second->finished || place->second->worker != 0) {
      return false;
    }
    take_out(*place->second);
    jobs_.erase(place);
  }
  breaker_.abandoned(pass);
  return true;
}

tl::expected<Pool::JobId, Outcome> Pool::hand_in(Job& job, const WorkerRequest& request,
                                                 TimePoint now) {
  const JobId id = job.id;
  Member* member = nullptr;
  Handed handed = Handed::none_idle;
  if (queue_.empty()) {
    handed = hand_over(request, now, job.deadline, now, job.failed_writes, member);
  }
  if (handed == Handed::none_idle) {
    return enqueue(job, request, now);
  }
  if (handed == Handed::refused) {
    account(refusal_, job.pass, Blame::nobody, now);
    jobs_.erase(id);
    return tl::unexpected(refusal_);
  }
  if (handed == Handed::given) {
    give(job, *member, now);
  } else {
    finish_unsent(job, unwritable(), Blame::workers);
  }
  crew_.tend(now, 0, true);
  set_alarm(true);
  return id;
}

Breaker::Pass Pool::admit(TimePoint now, Outcome& refusal) {
  Breaker::Pass pass = Breaker::Pass::no;
  if (stopping_) {
    refusal = outcome_of(Cause::refused, "the server is stopping");
  } else if (crew_.alive() == 0 && !crew_.may_start(now)) {
    ++counters_.refused_by_back_off;
    refusal = outcome_of(Cause::refused, "no worker is running, and the next start is delayed: " +
                                             crew_.start_problem().why);
  } else {
    pass = breaker_.admit(now);
    if (pass == Breaker::Pass::no) {
      ++counters_.refused_by_breaker;
      refusal = outcome_of(Cause::refused, "the last " + std::to_string(options_.breaker_failures) +
                                               " calls failed: the breaker is open");
    }
  }
  if (pass == Breaker::Pass::no) {
    ++counters_.refused;
  }
  return pass;
}

/// A worker that there was no memory to ask may have been sent a part: it is ended.
Worker::Begun Pool::begin(Member& member, const WorkerRequest& request, const RequestId& id,
                          TimePoint requested, TimePoint deadline, TimePoint now) {
  try {
    return member.worker.begin(request, id, requested, deadline, now);
  } catch (...) {
    member.worker.abandon("out of memory");
    crew_.update(member, now);
    throw;
  }
}

Pool::Handed Pool::hand_over(const WorkerRequest& request, TimePoint requested, TimePoint deadline,
                             TimePoint now, int& failed_writes, Member*& member) {
  while ((member = crew_.take_idle()) != nullptr) {
    const Result<RequestId> id = new_request_id();
    if (!id) {
      crew_.give_back(*member, now);
      refusal_ = outcome_of(Cause::refused, id.error().message);
      return Handed::refused;
    }
    switch (begin(*member, request, *id, requested, deadline, now)) {
      case Worker::Begun::sent:
        return Handed::given;
      case Worker::Begun::too_long:
        crew_.give_back(*member, now);
        refusal_ = too_long();
        return Handed::refused;
      case Worker::Begun::stale:
        crew_.update(*member, now);
        break;
      case Worker::Begun::not_sent:
        crew_.update(*member, now);
        if (++failed_writes >= kMostFailedWrites) {
          return Handed::unwritable;
        }
        ++counters_.retried;
        break;
    }
  }
  return Handed::none_idle;
}

/// Lets a job wait for a worker, which is started if there may be one more.
tl::expected<Pool::JobId, Outcome> Pool::enqueue(Job& waiting, const WorkerRequest& request,
                                                 TimePoint now) {
  const JobId id = waiting.id;
  queue_.push_back(id);
  crew_.tend(now, queue_.size(), false);
  if (crew_.alive() == 0) {
    fail_queue(not_started());
  } else if (queue_.size() > options_.most_queued + crew_.gauges().starting) {
    queue_.pop_back();
    breaker_.abandoned(waiting.pass);
    ++counters_.refused;
    ++counters_.refused_by_queue;
    jobs_.erase(id);
    return tl::unexpected(outcome_of(
        Cause::refused, "the queue is full: " + std::to_string(queue_.size()) + " requests wait"));
  } else {
    waiting.request.emplace(request, crew_.wants());
    const bool limited = options_.queue_time.count() > 0;
    timers_.set(timer_key(id),
                limited ? std::min(waiting.deadline, after(waiting.requested, options_.queue_time))
                        : waiting.deadline);
  }
  set_alarm(true);
  return id;
}

void Pool::serve_queue(TimePoint now) {
  while (!queue_.empty()) {
    Job& job = *jobs_.find(queue_.front())->second;
    Member* member = nullptr;
    switch (hand_over(job.request->view(), job.requested, job.deadline, now, job.failed_writes,
                      member)) {
      case Handed::given:
        take_out(job);
        give(job, *member, now);
        break;
      case Handed::none_idle:
        return;
      case Handed::refused:
        finish_unsent(job, refusal_, Blame::nobody);
        break;
      case Handed::unwritable:
        finish_unsent(job, unwritable(), Blame::workers);
        break;
    }
  }
}

/// The time that a job may wait is over.
void Pool::expire(Job& job, TimePoint now) {
  if (now >= job.deadline) {
    finish_unsent(job,
                  outcome_of(Cause::deadline, "no worker was free within " +
                                                  in_milliseconds(job.deadline - job.requested)),
                  Blame::nobody);
  } else {
    ++counters_.refused_by_queue;
    finish_unsent(job,
                  outcome_of(Cause::refused, "no worker was free within the queue's " +
                                                 in_milliseconds(options_.queue_time)),
                  Blame::nobody);
  }
}

void Pool::fail_queue(const Outcome& outcome) {
  const Blame blame = outcome.cause == Cause::not_started ? Blame::workers : Blame::nobody;
  while (!queue_.empty()) {
    Job& job = *jobs_.find(queue_.front())->second;
    if (outcome.cause == Cause::not_started) {
      job.result.error = crew_.start_problem().errors;
    }
    finish_unsent(job, outcome, blame);
  }
}

/// The worker has the request already.
void Pool::give(Job& job, Member& member, TimePoint now) {
  member.job = job.id;
  job.worker = member.number;
  crew_.update(member, now);
}

void Pool::take_out(Job& job) {
  if (!queue_.empty() && queue_.front() == job.id) {
    queue_.pop_front();
  } else {
    std::erase(queue_, job.id);
  }
  timers_.remove(timer_key(job.id));
  job.request.reset();
}

Outcome Pool::not_started() const {
  Outcome outcome =
      outcome_of(Cause::not_started, "no worker could be started: " + crew_.start_problem().why);
  outcome.system_errno = crew_.start_problem().system_errno;
  return outcome;
}

Outcome Pool::too_long() const {
  return outcome_of(Cause::refused, "the request is longer than the limit of " +
                                        std::to_string(options_.request_limit) + " bytes");
}

Outcome Pool::unwritable() {
  return outcome_of(Cause::unusable, "no worker accepts the request");
}

}  // namespace kamexec

// SPDX-License-Identifier: GPL-2.0-or-later
#include "pool/pool.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include <cerrno>

#include "pool/local_channel.h"
#include "process/deferred_reap.h"
#include "process/poll_until.h"
#include "process/signal_guard.h"

namespace kamexec::pool {
namespace {

using std::chrono::milliseconds;

constexpr int kMostFailedWrites = 2;  // one worker, and another

PoolOptions made_sensible(PoolOptions options) {
  options.most = std::max<std::size_t>(options.most, 1);
  options.least = std::min(options.least, options.most);
  options.start = std::min(options.start, options.most);
  return options;
}

std::string in_milliseconds(TimePoint::duration span) {
  return std::to_string(std::chrono::duration_cast<milliseconds>(span).count()) + " ms";
}

/// Waits once for what @p worker wants, until its time, and tells it what is ready. Gives the time
/// after the wait.
TimePoint wait_once(Worker& worker) {
  std::array<pollfd, WorkerChannel::kEnds.size()> entries{};
  std::array<Worker::End, WorkerChannel::kEnds.size()> ends{};
  nfds_t count = 0;
  for (const Worker::End end : WorkerChannel::kEnds) {
    if (!worker.wants(end)) {
      continue;
    }
    ends[count] = end;
    const short events = end == Worker::End::requests ? POLLOUT : POLLIN;
    entries[count++] = pollfd{worker.fd(end), events, 0};
  }
  const Result<int> ready = process::poll_until(entries.data(), count, worker.wake_at());
  const TimePoint later = Clock::now();
  if (!ready) {
    worker.fail(ready.error().system_errno);
  }
  for (nfds_t i = 0; i < count && ready && *ready > 0; ++i) {
    if (entries[i].revents != 0) {
      worker.on_ready(ends[i], later);
    }
  }
  if (!worker.has_result() && later >= worker.wake_at()) {
    process::ProcessTable table;
    worker.on_time(later, table);
  }
  return later;
}

}  // namespace

struct Pool::Job : process::TableJob {
  Breaker::Pass pass = Breaker::Pass::yes;
  int failed_writes = 0;
  bool cancelled = false;
  WorkerNumber worker = 0;                   // that has it; 0: none
  std::optional<WorkerRequestCopy> request;  // of one that waits
};

Pool::Pool(const PoolOptions& options, std::unique_ptr<WorkerTransport> transport,
           process::WatchSet watches)
    : options_(made_sensible(options)),
      watches_(std::move(watches)),
      crew_(options_, std::move(transport), watches_, counters_),
      breaker_(options_.breaker_failures, options_.breaker_time) {}

Pool::~Pool() = default;

Result<std::unique_ptr<Pool>> Pool::create(const PoolOptions& options,
                                           const process::ProgramStart& program) {
  if (program.program == nullptr) {
    return failure("no program was given");
  }
  return create(options, std::make_unique<LocalTransport>(program, options.capture_error));
}

Result<std::unique_ptr<Pool>> Pool::create(const PoolOptions& options,
                                           std::unique_ptr<WorkerTransport> transport) {
  auto watches = process::WatchSet::create();
  if (!watches) {
    return tl::unexpected(std::move(watches.error()));
  }
  return std::unique_ptr<Pool>(new Pool(options, std::move(transport), std::move(*watches)));
}

void Pool::start_workers() {
  crew_.start_initial(Clock::now());
  set_alarm(true);
}

// One request at a time, waited for.

process::RunResult Pool::call(const WorkerRequest& request, milliseconds timeout) {
  process::RunResult result;
  call(request, timeout, result);
  return result;
}

void Pool::call(const WorkerRequest& request, milliseconds timeout, process::RunResult& result) {
  const TimePoint requested = Clock::now();
  TimePoint now = requested;
  const TimePoint deadline = timeout.count() > 0 ? after(now, timeout) : kNoDeadline;
  const PoolGauges& gauges = crew_.gauges();
  if (gauges.starting + gauges.leaving > 0 || now >= crew_.wake_at(0, false)) {
    step(now, false);
    now = Clock::now();
  }
  result.outcome = process::Outcome{};
  result.output.clear();
  result.error.clear();
  result.error_truncated = false;
  ++counters_.calls;
  const Breaker::Pass pass = admit(now, result.outcome);
  if (pass == Breaker::Pass::no) {
    return;
  }

  Member* member = nullptr;
  int failed_writes = 0;
  switch (hand_over(request, requested, deadline, now, failed_writes, member)) {
    case Handed::given:
      call_fast(*member, result, pass, now);
      break;
    case Handed::none_idle:
      call_slowly(request, timeout, requested, failed_writes, pass, result);
      break;
    case Handed::refused:
      result.outcome = refusal_;
      account(result.outcome, pass, Blame::nobody, now);
      break;
    case Handed::unwritable:
      result.outcome = unwritable();
      account(result.outcome, pass, Blame::workers, now);
      wait_for_endings();
      break;
  }
}

/// @p member has the request.
void Pool::call_fast(Member& member, process::RunResult& result, Breaker::Pass pass,
                     TimePoint now) {
  Worker& worker = member.worker;
  while (!worker.has_result()) {
    now = wait_once(worker);
  }
  worker.take_result(result, now);
  account(result.outcome, pass, Blame::workers, now);
  if (worker.state() == Worker::State::idle) {
    if (crew_.give_back(member, now)) {
      crew_.maintain(now, 0, false);
    }
    return;
  }
  crew_.update(member, now);
  crew_.maintain(now, 0, false);  // so that the next call finds another one
  wait_for_endings();
}

/// No worker is idle: one has to be started, or is starting.
void Pool::call_slowly(const WorkerRequest& request, milliseconds timeout, TimePoint requested,
                       int failed_writes, Breaker::Pass pass, process::RunResult& result) {
  const std::uint64_t failures = counters_.failed + counters_.start_failures;
  bool done = false;
  JobId id = 0;
  try {
    Job& job = jobs_.add(requested, timeout, [&](JobId, process::RunResult given) {
      result = std::move(given);
      done = true;
    });
    id = job.id;
    job.pass = pass;
    job.failed_writes = failed_writes;
    if (auto waiting = enqueue(job, request, true, Clock::now()); !waiting) {
      result.outcome = std::move(waiting.error());
      return;
    }
    while (!done) {
      step(kNoDeadline, false);
    }
  } catch (...) {
    // Short of memory: what the completion refers to goes now.
    if (!abandon(id, pass)) {
      jobs_.find(id)->completion = nullptr;
      cancel(id);
    }
    throw;
  }
  if (counters_.failed + counters_.start_failures != failures) {
    wait_for_endings();
  }
}

/// Until what failed is gone: nothing of it may run on between two calls, when nobody looks.
void Pool::wait_for_endings() {
  const process::SignalGuard signals;
  while (crew_.stopping() > 0) {
    step(kNoDeadline, false);
  }
}

// Many requests: admitted, then handed over at once or queued.

tl::expected<Pool::JobId, process::Outcome> Pool::submit(const WorkerRequest& request,
                                                         milliseconds timeout,
                                                         Completion completion, bool may_wait) {
  const TimePoint now = Clock::now();
  ++counters_.calls;
  process::Outcome refusal;
  const Breaker::Pass pass = admit(now, refusal);
  if (pass == Breaker::Pass::no) {
    return tl::unexpected(std::move(refusal));
  }
  JobId id = 0;
  try {
    Job& job = jobs_.add(now, timeout, std::move(completion));
    id = job.id;
    job.pass = pass;
    return hand_in(job, request, may_wait, now);
  } catch (...) {
    if (abandon(id, pass)) {
      throw;
    }
    return id;
  }
}

/// After a shortage of memory: forgets the job, unless it is well under way and what failed was for
/// other jobs: false.
bool Pool::abandon(JobId id, Breaker::Pass pass) {
  if (Job* job = jobs_.find(id)) {
    if (job->state == process::JobState::finished || job->worker != 0) {
      return false;
    }
    jobs_.remove(*job);
  }
  breaker_.abandoned(pass);
  return true;
}

tl::expected<Pool::JobId, process::Outcome> Pool::hand_in(Job& job, const WorkerRequest& request,
                                                          bool may_wait, TimePoint now) {
  const JobId id = job.id;
  Member* member = nullptr;
  Handed handed = Handed::none_idle;
  if (queued() == 0) {
    handed = hand_over(request, now, job.deadline, now, job.failed_writes, member);
  }
  if (handed == Handed::none_idle) {
    return enqueue(job, request, may_wait, now);
  }
  if (handed == Handed::refused) {
    account(refusal_, job.pass, Blame::nobody, now);
    jobs_.remove(job);
    return tl::unexpected(refusal_);
  }
  if (handed == Handed::given) {
    give(job, *member, now);
  } else {
    finish_unsent(job, unwritable(), Blame::workers);
  }
  crew_.maintain(now, 0, true);
  set_alarm(true);
  return id;
}

Breaker::Pass Pool::admit(TimePoint now, process::Outcome& refusal) {
  Breaker::Pass pass = Breaker::Pass::no;
  if (stopping_) {
    refusal = process::Outcome::no_room(std::string(process::kHostStops));
  } else if (crew_.alive() == 0 && !crew_.may_start(now)) {
    ++counters_.refused_by_back_off;
    refusal = process::Outcome::no_room("no worker is running, and the next start is delayed: " +
                                        crew_.start_problem().why);
  } else {
    pass = breaker_.admit(now);
    if (pass == Breaker::Pass::no) {
      ++counters_.refused_by_breaker;
      refusal = process::Outcome::no_room("the last " + std::to_string(options_.breaker_failures) +
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
    member.worker.abandon(std::string(process::kShortOfMemory));
    crew_.update(member, now);
    throw;
  }
}

Pool::Handed Pool::hand_over(const WorkerRequest& request, TimePoint requested, TimePoint deadline,
                             TimePoint now, int& failed_writes, Member*& member) {
  while ((member = crew_.take_idle()) != nullptr) {
    const Result<RequestId> id =
        request.id.empty() ? request_ids_.next() : Result<RequestId>(RequestId(request.id));
    if (!id) {
      crew_.give_back(*member, now);
      refusal_ = process::Outcome::refused(id.error());
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

/// Lets a job wait for a worker, which is started if there may be one more; where it may not wait,
/// for one that is starting alone.
tl::expected<Pool::JobId, process::Outcome> Pool::enqueue(Job& waiting,
                                                          const WorkerRequest& request,
                                                          bool may_wait, TimePoint now) {
  const JobId id = waiting.id;
  jobs_.enqueue(waiting, options_.queue_time);
  crew_.maintain(now, queued(), false);
  if (crew_.alive() == 0) {
    fail_queue(not_started());
  } else if (queued() > (may_wait ? options_.most_queued : 0) + crew_.gauges().starting) {
    breaker_.abandoned(waiting.pass);
    ++counters_.refused;
    ++counters_.refused_by_queue;
    jobs_.remove(waiting);
    return tl::unexpected(
        process::Outcome::no_room((may_wait ? "the queue is full: " : "it may not wait: ") +
                                  std::to_string(queued()) + " requests wait"));
  } else {
    waiting.request.emplace(request, crew_.wants());
  }
  set_alarm(true);
  return id;
}

void Pool::serve_queue(TimePoint now) {
  while (Job* job = jobs_.first(process::JobState::queued)) {
    Member* member = nullptr;
    switch (hand_over(job->request->view(), job->requested, job->deadline, now, job->failed_writes,
                      member)) {
      case Handed::given:
        give(*job, *member, now);
        break;
      case Handed::none_idle:
        return;
      case Handed::refused:
        finish_unsent(*job, refusal_, Blame::nobody);
        break;
      case Handed::unwritable:
        finish_unsent(*job, unwritable(), Blame::workers);
        break;
    }
  }
}

/// The time that a job may wait is over.
void Pool::expire(Job& job, TimePoint now) {
  if (now >= job.deadline) {
    finish_unsent(job,
                  process::Outcome::deadline_passed("no worker was free within " +
                                                    in_milliseconds(job.deadline - job.requested)),
                  Blame::nobody);
  } else {
    ++counters_.refused_by_queue;
    finish_unsent(job,
                  process::Outcome::no_room("no worker was free within the queue's " +
                                            in_milliseconds(options_.queue_time)),
                  Blame::nobody);
  }
}

void Pool::fail_queue(const process::Outcome& outcome) {
  const Blame blame = outcome.cause == process::Cause::not_started ? Blame::workers : Blame::nobody;
  while (Job* job = jobs_.first(process::JobState::queued)) {
    if (outcome.cause == process::Cause::not_started) {
      job->result.error = crew_.start_problem().errors;
    }
    finish_unsent(*job, outcome, blame);
  }
}

/// The worker has the request already.
void Pool::give(Job& job, Member& member, TimePoint now) {
  member.job = job.id;
  job.worker = member.number;
  job.request.reset();
  jobs_.clear_time(job);  // the worker keeps the deadline
  jobs_.move_to(job, process::JobState::running);
  crew_.update(member, now);
}

process::Outcome Pool::not_started() const {
  return process::Outcome::not_started(
      Error{"no worker could be started: " + crew_.start_problem().why,
            crew_.start_problem().system_errno});
}

process::Outcome Pool::too_long() const {
  return process::Outcome::refused("the request is longer than the limit of " +
                                       std::to_string(options_.request_limit) + " bytes",
                                   EMSGSIZE);
}

process::Outcome Pool::unwritable() {
  return process::Outcome::unusable("no worker accepts the request");
}

bool Pool::cancel(JobId id) {
  Job* job = jobs_.find(id);
  if (job == nullptr || job->state == process::JobState::finished) {
    return false;
  }
  job->cancelled = true;
  if (Member* member = crew_.find(job->worker)) {
    member->worker.abandon(std::string(process::kCancelled));
    settle(*member, Clock::now());
  } else {
    finish_unsent(*job, process::Outcome::cancelled(), Blame::nobody);
  }
  set_alarm(true);
  return true;
}

void Pool::reload() {
  ++counters_.reloads;
  crew_.mark_all_due();
  crew_.maintain(Clock::now(), queued(), false);
  set_alarm(true);
}

void Pool::reload_until(TimePoint until) {
  reload();
  while (crew_.due() > 0 && crew_.gauges().starting > 0 && Clock::now() < until) {
    step(until, false);
  }
}

void Pool::stop_all() {
  stopping_ = true;
  jobs_.for_each([](Job& job) { job.cancelled = true; });
  fail_queue(process::Outcome::host_stops());
  const TimePoint now = Clock::now();
  crew_.dismiss(now, std::string(process::kHostStops));
  crew_.for_each([&](Member& member) {
    if (member.worker.has_result()) {
      settle(member, now);
    }
  });
  set_alarm(true);
}

// The loop: what happened to workers and jobs, and who is told.

void Pool::step(TimePoint until) {
  step(until, true);
}

void Pool::step(TimePoint until, bool ahead) {
  process::reap_deferred();
  set_alarm(ahead);
  const auto ready = watches_.wait(until);
  const TimePoint now = Clock::now();
  if (ready) {
    for (const process::WatchSet::Key key : *ready) {
      Worker::End end{};
      if (Member* member = crew_.find(key, end)) {
        member->worker.on_ready(end, now);
        settle(*member, now);
      }
    }
  } else {
    crew_.for_each([&](Member& member) {
      if (member.worker.state() == Worker::State::busy) {
        member.worker.fail(ready.error().system_errno);
        settle(member, now);
      }
    });
  }
  process::ProcessTable table;
  for (const WorkerNumber number : crew_.take_due(now)) {
    if (Member* member = crew_.find(number)) {
      member->worker.on_time(now, table);
      settle(*member, now);
    }
  }
  while (Job* job = jobs_.next_due(now)) {
    expire(*job, now);
  }
  crew_.reap();
  serve_queue(now);
  crew_.maintain(now, queued(), ahead);
  if (queued() > 0 && crew_.alive() == 0) {
    fail_queue(not_started());
  }
  jobs_.deliver();
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
    if (Job* job = jobs_.find(std::exchange(member.job, 0))) {
      member.worker.take_result(job->result, now);
      job->worker = 0;
      finish(*job, job->cancelled ? Blame::nobody : Blame::workers);
    }
  }
  crew_.update(member, now);
}

void Pool::finish_unsent(Job& job, process::Outcome outcome, Blame blame) {
  job.request.reset();
  outcome.duration = time_since(job.requested);
  job.result.outcome = std::move(outcome);
  finish(job, blame);
}

void Pool::finish(Job& job, Blame blame) {
  account(job.result.outcome, job.pass, blame, Clock::now());
  jobs_.finish(job);
}

void Pool::account(const process::Outcome& outcome, Breaker::Pass pass, Blame blame,
                   TimePoint now) {
  counters_.count(outcome.cause);
  if (outcome.cause == process::Cause::ok || outcome.cause == process::Cause::nonzero_exit) {
    crew_.succeeded();
    breaker_.succeeded();
  } else if (blame == Blame::nobody) {
    breaker_.abandoned(pass);
  } else if (breaker_.failed(pass, now)) {
    ++counters_.breaker_opened;
  }
}

void Pool::set_alarm(bool ahead) {
  watches_.set_alarm(std::min(jobs_.wake_at(), crew_.wake_at(queued(), ahead)));
}

std::size_t Pool::queued() const {
  return jobs_.count(process::JobState::queued);
}

PoolGauges Pool::gauges() const {
  PoolGauges gauges = crew_.gauges();
  gauges.queued = queued();
  return gauges;
}

std::vector<Pool::WorkerInfo> Pool::workers() const {
  std::vector<std::pair<WorkerNumber, WorkerInfo>> numbered;
  crew_.for_each([&](const Member& member) {
    const Worker& worker = member.worker;
    numbered.push_back(
        {member.number, {worker.pid(), worker.state(), worker.served(), worker.started_at()}});
  });
  std::sort(numbered.begin(), numbered.end(),
            [](const auto& left, const auto& right) { return left.first < right.first; });
  std::vector<WorkerInfo> workers;
  workers.reserve(numbered.size());
  for (const auto& [number, info] : numbered) {
    workers.push_back(info);
  }
  return workers;
}

}  // namespace kamexec::pool

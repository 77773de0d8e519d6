// SPDX-License-Identifier: GPL-2.0-or-later
// One request at a time, waited for. With an idle worker that is: is it still there, write, wait,
// read. All else goes the way of submitted ones.
#include <array>
#include <utility>

#include "pool/pool_job.h"
#include "process/poll_until.h"
#include "process/signal_guard.h"

namespace kamexec {
namespace {

using std::chrono::milliseconds;

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
  const Result<int> ready = poll_until(entries.data(), count, worker.wake_at());
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
    ProcessTable table;
    worker.on_time(later, table);
  }
  return later;
}

void clear(RunResult& result) {
  result.outcome = Outcome{};
  result.output.clear();
  result.error.clear();
  result.error_truncated = false;
}

}  // namespace

RunResult Pool::call(const WorkerRequest& request, milliseconds timeout) {
  RunResult result;
  call(request, timeout, result);
  return result;
}

void Pool::call(const WorkerRequest& request, milliseconds timeout, RunResult& result) {
  const TimePoint requested = Clock::now();
  TimePoint now = requested;
  const TimePoint deadline = timeout.count() > 0 ? after(now, timeout) : kNoDeadline;
  const PoolGauges& gauges = crew_.gauges();
  if (gauges.starting + gauges.leaving > 0 || now >= crew_.wake_at(0, false)) {
    step(now, false);
    now = Clock::now();
  }
  clear(result);
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
      call_slowly(request, deadline, requested, failed_writes, pass, result);
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
void Pool::call_fast(Member& member, RunResult& result, Breaker::Pass pass, TimePoint now) {
  Worker& worker = member.worker;
  while (!worker.has_result()) {
    now = wait_once(worker);
  }
  worker.take_result(result, now);
  account(result.outcome, pass, Blame::workers, now);
  if (worker.state() == Worker::State::idle) {
    if (crew_.give_back(member, now)) {
      crew_.tend(now, 0, false);
    }
    return;
  }
  crew_.update(member, now);
  crew_.tend(now, 0, false);  // so that the next call finds another one
  wait_for_endings();
}

/// No worker is idle: one has to be started, or is starting.
void Pool::call_slowly(const WorkerRequest& request, TimePoint deadline, TimePoint requested,
                       int failed_writes, Breaker::Pass pass, RunResult& result) {
  auto job = std::make_unique<Job>();
  job->id = ++last_id_;
  job->requested = requested;
  job->deadline = deadline;
  job->pass = pass;
  job->failed_writes = failed_writes;
  bool done = false;
  job->completion = [&](JobId, RunResult given) {
    result = std::move(given);
    done = true;
  };
  const std::uint64_t failures = counters_.failed + counters_.start_failures;
  const JobId id = job->id;
  try {
    if (auto queued = enqueue(known(std::move(job)), request, Clock::now()); !queued) {
      result.outcome = std::move(queued.error());
      return;
    }
    while (!done) {
      step(kNoDeadline, false);
    }
  } catch (...) {
    // Short of memory: what the completion refers to goes now.
    if (!abandon(id, pass)) {
      jobs_.at(id)->completion = nullptr;
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
  const SignalGuard signals;
  while (crew_.stopping() > 0) {
    step(kNoDeadline, false);
  }
}

}  // namespace kamexec

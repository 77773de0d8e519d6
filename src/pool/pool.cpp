// SPDX-License-Identifier: GPL-2.0-or-later
#include "pool/pool.h"

#include <algorithm>
#include <utility>

#include "pool/local_channel.h"
#include "pool/pool_job.h"

namespace kamexec {
namespace {

PoolOptions made_sensible(PoolOptions options) {
  options.most = std::max<std::size_t>(options.most, 1);
  options.least = std::min(options.least, options.most);
  options.start = std::min(options.start, options.most);
  return options;
}

}  // namespace

Pool::Pool(const PoolOptions& options, std::unique_ptr<WorkerTransport> transport, WatchSet watches)
    : options_(made_sensible(options)),
      watches_(std::move(watches)),
      crew_(options_, std::move(transport), watches_, timers_, counters_),
      breaker_(options_.breaker_failures, options_.breaker_time) {}

Pool::~Pool() = default;

Result<std::unique_ptr<Pool>> Pool::create(const PoolOptions& options,
                                           const ProgramStart& program) {
  if (program.program == nullptr) {
    return failure("no program was given");
  }
  return create(options, std::make_unique<LocalTransport>(program, options.capture_error));
}

Result<std::unique_ptr<Pool>> Pool::create(const PoolOptions& options,
                                           std::unique_ptr<WorkerTransport> transport) {
  auto watches = WatchSet::create();
  if (!watches) {
    return tl::unexpected(std::move(watches.error()));
  }
  return std::unique_ptr<Pool>(new Pool(options, std::move(transport), std::move(*watches)));
}

void Pool::start() {
  crew_.start(Clock::now());
  set_alarm(true);
}

bool Pool::cancel(JobId id) {
  const auto place = jobs_.find(id);
  if (place == jobs_.end() || place->second->finished) {
    return false;
  }
  Job& job = *place->second;
  job.cancelled = true;
  if (Member* member = crew_.find(job.worker)) {
    member->worker.abandon("cancelled");
    settle(*member, Clock::now());
  } else {
    Outcome outcome;
    outcome.cause = Cause::deadline;
    outcome.detail = "cancelled";
    finish_unsent(job, std::move(outcome), Blame::nobody);
  }
  set_alarm(true);
  return true;
}

void Pool::reload() {
  ++counters_.reloads;
  crew_.renew();
  crew_.tend(Clock::now(), queue_.size(), false);
  set_alarm(true);
}

void Pool::reload_until(TimePoint until) {
  reload();
  while (crew_.due() > 0 && crew_.gauges().starting > 0 && Clock::now() < until) {
    step(until, false);
  }
}

void Pool::stop_all() {
  const std::string why = "the server is stopping";
  stopping_ = true;
  for (auto& [id, job] : jobs_) {
    job->cancelled = true;
  }
  Outcome outcome;
  outcome.cause = Cause::deadline;
  outcome.detail = why;
  fail_queue(outcome);
  const TimePoint now = Clock::now();
  crew_.dismiss(now, why);
  crew_.for_each([&](Member& member) {
    if (member.worker.has_result()) {
      settle(member, now);
    }
  });
  set_alarm(true);
}

PoolGauges Pool::gauges() const {
  PoolGauges gauges = crew_.gauges();
  gauges.queued = queue_.size();
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
  for (const auto& [number, info] : numbered) {
    workers.push_back(info);
  }
  return workers;
}

}  // namespace kamexec

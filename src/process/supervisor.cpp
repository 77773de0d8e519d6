// SPDX-License-Identifier: GPL-2.0-or-later
#include "process/supervisor.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "process/left_behind.h"
#include "process/owned_start.h"
#include "process/process.h"

namespace kamexec {
namespace {

/// A key holds the job and which of its descriptors is meant.
constexpr unsigned channel_bits = 2;

WatchSet::Key key_of(JobId id, Process::Channel channel) {
  return id << channel_bits | static_cast<WatchSet::Key>(channel);
}

}  // namespace

struct Supervisor::Job {
  enum class State { queued, running, finished };

  Job(JobId number, const ProgramStart& program, const RunOptions& given, Completion done)
      : id(number),
        requested(Clock::now()),
        start(program, given.input),
        options(given),
        completion(std::move(done)) {
    options.input = start.input();
    if (options.timeout.count() > 0)
      deadline = after(requested, options.timeout);
  }

  JobId id;
  TimePoint requested;
  TimePoint deadline = no_deadline;
  OwnedStart start;
  RunOptions options;
  Completion completion;
  State state = State::queued;
  std::optional<Process> process;
  std::array<bool, Process::channels.size()> watched{};
  RunResult result;
};

Supervisor::Supervisor(const SupervisorLimits& limits, WatchSet watches)
    : limits_(limits), watches_(std::move(watches)) {
  limits_.most_running = std::max<std::size_t>(limits_.most_running, 1);
}

Supervisor::~Supervisor() {
  if (limits_.places == nullptr)
    return;
  for (; running_ > 0; --running_)
    limits_.places->give_back();
  for (std::size_t i = 0; i < queue_.size(); ++i)
    limits_.places->leave_queue();
}

Result<std::unique_ptr<Supervisor>> Supervisor::create(const SupervisorLimits& limits) {
  auto watches = WatchSet::create();
  if (!watches)
    return tl::unexpected(std::move(watches.error()));
  return std::unique_ptr<Supervisor>(new Supervisor(limits, std::move(*watches)));
}

tl::expected<JobId, Outcome> Supervisor::submit(const ProgramStart& program,
                                                const RunOptions& options, Completion completion) {
  const bool start_now = !stopping_ && queue_.empty() && take_place();
  if (stopping_ || (!start_now && !join_queue())) {
    Outcome refused;
    refused.cause = Cause::refused;
    refused.detail = stopping_ ? "the server is stopping"
                               : "the queue is full: " + std::to_string(running_) +
                                     " commands run and " + std::to_string(queue_.size()) + " wait";
    return tl::unexpected(std::move(refused));
  }

  const JobId id = ++last_id_;
  const auto place =
      jobs_.emplace(id, std::make_unique<Job>(id, program, options, std::move(completion))).first;
  Job& job = *place->second;
  if (start_now) {
    start(job);
  } else {
    queue_.push_back(id);
    const bool limited = limits_.queue_time.count() > 0;
    timers_.set(id, limited ? std::min(job.deadline, after(job.requested, limits_.queue_time))
                            : job.deadline);
  }
  set_alarm();
  return id;
}

bool Supervisor::cancel(JobId id) {
  const auto place = jobs_.find(id);
  if (place == jobs_.end() || place->second->state == Job::State::finished)
    return false;
  stop(*place->second, false);
  set_alarm();
  return true;
}

void Supervisor::stop_all() {
  stopping_ = true;
  for (auto& [id, job] : jobs_)
    stop(*job, true);
  set_alarm();
}

void Supervisor::step(TimePoint until) {
  reap_left_behind();
  const auto ready = watches_.wait(until);
  const TimePoint now = Clock::now();
  if (ready) {
    for (const WatchSet::Key key : *ready)
      handle(key, now);
  } else {
    for (auto& [id, job] : jobs_) {
      if (job->process) {
        job->process->stop(StopReason::loop_failed, ready.error().system_errno);
        update(*job);
      }
    }
  }
  ProcessTable table;  // one picture serves all that are due now
  for (const JobId id : timers_.take_due(now)) {
    if (const auto place = jobs_.find(id); place != jobs_.end())
      on_time(*place->second, now, table);
  }
  start_queued();
  deliver();
  set_alarm();
}

bool Supervisor::run_until(TimePoint until) {
  while (!idle() && Clock::now() < until)
    step(until);
  return idle();
}

bool Supervisor::take_place() {
  if (running_ >= limits_.most_running || (limits_.places != nullptr && !limits_.places->take()))
    return false;
  ++running_;
  return true;
}

void Supervisor::give_place_back() {
  --running_;
  if (limits_.places != nullptr)
    limits_.places->give_back();
}

bool Supervisor::join_queue() const {
  return queue_.size() < limits_.most_queued &&
         (limits_.places == nullptr || limits_.places->join_queue());
}

void Supervisor::leave_queue(Job& job) {
  std::erase(queue_, job.id);
  if (limits_.places != nullptr)
    limits_.places->leave_queue();
}

/// For a place that was taken.
void Supervisor::start(Job& job) {
  job.state = Job::State::running;
  job.process.emplace(job.start.view(), job.options, job.requested);
  update(job);
}

void Supervisor::start_queued() {
  while (!queue_.empty() && take_place()) {
    Job& job = *jobs_.at(queue_.front());
    leave_queue(job);
    start(job);
  }
}

void Supervisor::handle(WatchSet::Key key, TimePoint now) {
  const auto place = jobs_.find(key >> channel_bits);
  if (place == jobs_.end() || !place->second->process)
    return;
  Job& job = *place->second;
  job.process->on_ready(static_cast<Process::Channel>(key & ((1U << channel_bits) - 1)), now);
  update(job);
}

void Supervisor::on_time(Job& job, TimePoint now, ProcessTable& table) {
  if (job.state == Job::State::queued) {
    Outcome outcome;
    const bool late = now >= job.deadline;
    outcome.cause = late ? Cause::deadline : Cause::refused;
    outcome.detail =
        late ? "its deadline passed in the queue"
             : "waited in the queue for " + std::to_string(limits_.queue_time.count()) + " ms";
    end_queued(job, std::move(outcome));
  } else if (job.process) {
    job.process->on_time(now, table);
    update(job);
  }
}

/// Brings watches, timer and state in line with the process.
void Supervisor::update(Job& job) {
  Process& process = *job.process;
  for (const Process::Channel channel : Process::channels) {
    bool& watched = job.watched[static_cast<std::size_t>(channel)];
    if (process.wants(channel) && !watched) {
      const auto readiness = channel == Process::Channel::input ? WatchSet::Readiness::write
                                                                : WatchSet::Readiness::read;
      const int error = watches_.add(process.fd(channel), readiness, key_of(job.id, channel));
      watched = error == 0;
      if (error != 0)
        process.stop(StopReason::loop_failed, error);
    } else if (!process.wants(channel) && watched) {
      watches_.remove(process.fd(channel));
      watched = false;
    }
  }
  process.close_unwanted();
  timers_.set(job.id, process.wake_at());
  if (process.done()) {
    job.result = process.take_result();
    job.process.reset();
    job.state = Job::State::finished;
    give_place_back();
    finished_.push_back(job.id);
  }
}

void Supervisor::end_queued(Job& job, Outcome outcome) {
  leave_queue(job);
  timers_.remove(job.id);
  outcome.duration = time_since(job.requested);
  job.result.outcome = std::move(outcome);
  job.state = Job::State::finished;
  finished_.push_back(job.id);
}

void Supervisor::stop(Job& job, bool host_stops) {
  if (job.state == Job::State::queued) {
    Outcome outcome;
    outcome.cause = Cause::deadline;
    outcome.detail = host_stops ? "the server is stopping" : "cancelled";
    end_queued(job, std::move(outcome));
  } else if (job.process) {
    job.process->stop(host_stops ? StopReason::host_stops : StopReason::cancelled);
    update(job);
  }
}

/// Completions may submit and cancel: each is called when its job is known here no more.
void Supervisor::deliver() {
  for (const JobId id : std::exchange(finished_, {})) {
    const auto node = jobs_.extract(id);
    Job& job = *node.mapped();
    if (job.completion)
      job.completion(id, std::move(job.result));
  }
}

/// There is room for a queued one here, and none among the shared places.
bool Supervisor::looks_for_place() const {
  return limits_.places != nullptr && !queue_.empty() && running_ < limits_.most_running;
}

void Supervisor::set_alarm() {
  TimePoint alarm = finished_.empty() ? timers_.earliest() : TimePoint::min();
  if (looks_for_place())
    alarm = std::min(alarm, Clock::now() + SharedPlaces::look_again);
  watches_.set_alarm(alarm);
}

}  // namespace kamexec

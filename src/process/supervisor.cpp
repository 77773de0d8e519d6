// SPDX-License-Identifier: GPL-2.0-or-later
#include "process/supervisor.h"

#include <algorithm>
#include <array>
#include <exception>
#include <new>
#include <optional>
#include <utility>

#include <cerrno>

#include "process/deferred_reap.h"
#include "process/process.h"
#include "process/program_start_copy.h"

namespace kamexec {
namespace {

/// A key holds the job and which of its descriptors is meant.
constexpr unsigned kChannelBits = 2;

WatchSet::Key key_of(JobId id, Process::Channel channel) {
  return id << kChannelBits | static_cast<WatchSet::Key>(channel);
}

}  // namespace

struct Supervisor::Job {
  enum class State { queued, placed, running, finished };

  Job(JobId number, const ProgramStart& program, const RunOptions& given, Completion done,
      bool copied)
      : id(number),
        requested(Clock::now()),
        start(program),
        options(given),
        completion(std::move(done)) {
    if (copied) {
      const ProgramStartCopy& kept = copy.emplace(program, given.input);
      start = kept.view();
      options.input = kept.input();
    }
    if (options.timeout.count() > 0) {
      deadline = after(requested, options.timeout);
    }
  }

  JobId id;
  TimePoint requested;
  TimePoint deadline = kNoDeadline;
  std::optional<ProgramStartCopy> copy;
  ProgramStart start;
  RunOptions options;
  Completion completion;
  State state = State::queued;
  Jobs::iterator node{};  // in the list of its state
  std::optional<Process> process;
  std::array<bool, Process::kChannels.size()> watched{};
  RunResult result;
};

Supervisor::Supervisor(const SupervisorLimits& limits, WatchSet watches)
    : limits_(limits), watches_(std::move(watches)) {
  limits_.most_running = std::max<std::size_t>(limits_.most_running, 1);
}

Supervisor::~Supervisor() {
  if (limits_.slots == nullptr) {
    return;
  }
  for (; running_ > 0; --running_) {
    limits_.slots->give_back();
  }
  for (std::size_t i = 0; i < queue_.size(); ++i) {
    limits_.slots->leave_queue();
  }
}

Result<std::unique_ptr<Supervisor>> Supervisor::create(const SupervisorLimits& limits) {
  auto watches = WatchSet::create();
  if (!watches) {
    return tl::unexpected(std::move(watches.error()));
  }
  return std::unique_ptr<Supervisor>(new Supervisor(limits, std::move(*watches)));
}

tl::expected<JobId, Outcome> Supervisor::submit(const ProgramStart& program,
                                                const RunOptions& options, Completion completion) {
  return take_in(program, options, std::move(completion), true);
}

tl::expected<JobId, Outcome> Supervisor::submit_views(const ProgramStart& program,
                                                      const RunOptions& options,
                                                      Completion completion) {
  return take_in(program, options, std::move(completion), false);
}

tl::expected<JobId, Outcome> Supervisor::take_in(const ProgramStart& program,
                                                 const RunOptions& options, Completion completion,
                                                 bool copied) {
  const bool placed = !stopping_ && queue_.empty() && take_slot();
  if (stopping_ || (!placed && !join_queue())) {
    Outcome refused;
    refused.cause = Cause::refused;
    refused.detail = stopping_ ? "the server is stopping"
                               : "the queue is full: " + std::to_string(running_) +
                                     " commands run and " + std::to_string(queue_.size()) + " wait";
    return tl::unexpected(std::move(refused));
  }

  const JobId id = ++last_id_;
  try {
    auto job = std::make_unique<Job>(id, program, options, std::move(completion), copied);
    const bool limited = !placed && limits_.queue_time.count() > 0;
    const TimePoint wake_at =
        limited ? std::min(job->deadline, after(job->requested, limits_.queue_time))
                : job->deadline;
    job->state = placed ? Job::State::placed : Job::State::queued;
    Jobs node{id};
    job->node = node.begin();
    timers_.set(id, std::min(wake_at, TimerQueue::kNotAwaited));
    jobs_.emplace(id, std::move(job));
    Jobs& line = placed ? placed_ : queue_;
    line.splice(line.end(), node);
  } catch (...) {
    timers_.remove(id);
    if (placed) {
      give_slot_back();
    } else if (limits_.slots != nullptr) {
      limits_.slots->leave_queue();
    }
    throw;
  }
  start_some();
  return id;
}

bool Supervisor::cancel(JobId id) {
  const auto place = jobs_.find(id);
  if (place == jobs_.end() || place->second->state == Job::State::finished) {
    return false;
  }
  stop(*place->second, false);
  set_alarm();
  return true;
}

void Supervisor::stop_all() {
  stopping_ = true;
  for (auto& [id, job] : jobs_) {
    stop(*job, true);
  }
  set_alarm();
}

void Supervisor::look(TimePoint until) {
  reap_deferred();
  starts_left_ = kStartsAtOnce;
  const auto ready = watches_.wait(until);
  const TimePoint now = Clock::now();
  if (ready) {
    for (const WatchSet::Key key : *ready) {
      handle(key, now);
    }
  } else {
    for (auto& [id, job] : jobs_) {
      if (job->process) {
        job->process->stop(StopReason::loop_failed, ready.error().system_errno);
        update(*job);
      }
    }
  }
  ProcessTable table;  // one picture serves all that are due now
  for (std::size_t left = jobs_.size(); left > 0; --left) {
    const auto due = timers_.next_due(now);
    if (!due) {
      break;
    }
    if (const auto place = jobs_.find(*due); place != jobs_.end()) {
      on_time(*place->second, now, table);
    }
  }
  deliver();
  set_alarm();
}

void Supervisor::start_some() {
  queued_to_placed();
  for (; starts_left_ > 0 && !placed_.empty(); --starts_left_) {
    start(*jobs_.at(placed_.front()));
  }
  set_alarm();
}

bool Supervisor::run_until(TimePoint until) {
  while (!idle() && Clock::now() < until) {
    step(until);
  }
  return idle();
}

bool Supervisor::take_slot() {
  if (running_ >= limits_.most_running || (limits_.slots != nullptr && !limits_.slots->take())) {
    return false;
  }
  ++running_;
  return true;
}

void Supervisor::give_slot_back() {
  --running_;
  if (limits_.slots != nullptr) {
    limits_.slots->give_back();
  }
}

bool Supervisor::join_queue() const {
  return queue_.size() < limits_.most_queued &&
         (limits_.slots == nullptr || limits_.slots->join_queue());
}

/// Out of the queue, or of those to be started. The place of one of these is still taken.
void Supervisor::leave_line(Job& job) {
  const bool queued = job.state == Job::State::queued;
  started_.splice(started_.end(), queued ? queue_ : placed_, job.node);
  if (queued && limits_.slots != nullptr) {
    limits_.slots->leave_queue();
  }
}

void Supervisor::queued_to_placed() {
  while (!queue_.empty() && take_slot()) {
    Job& job = *jobs_.at(queue_.front());
    leave_line(job);
    job.state = Job::State::placed;
    placed_.splice(placed_.end(), started_, job.node);
    timers_.set(job.id, std::min(job.deadline, TimerQueue::kNotAwaited));
  }
}

/// Does @p body, which is about @p job alone. What it throws is shortage of memory, and ends the
/// job.
template <typename Body>
void Supervisor::guarded(Job& job, Body body) {
  try {
    body();
  } catch (const std::exception&) {
    fail(job);
  }
}

/// Ends a job with what there is no memory for. Needs none.
void Supervisor::fail(Job& job) {
  if (job.state == Job::State::finished) {
    return;
  }
  const bool ran = job.process.has_value();
  if (job.state == Job::State::queued || job.state == Job::State::placed) {
    leave_line(job);
  }
  if (job.state != Job::State::queued) {
    give_slot_back();
  }
  job.process.reset();  // kills its group
  job.result = RunResult();
  job.result.outcome.cause = ran ? Cause::unusable : Cause::refused;
  job.result.outcome.system_errno = ENOMEM;
  job.result.outcome.detail = "out of memory";
  job.result.outcome.duration = time_since(job.requested);
  finish(job);
}

/// Its result is there, its node in started_.
void Supervisor::finish(Job& job) {
  timers_.remove(job.id);
  job.state = Job::State::finished;
  finished_.splice(finished_.end(), started_, job.node);
}

void Supervisor::start(Job& job) {
  leave_line(job);
  job.state = Job::State::running;
  guarded(job, [&] {
    job.process.emplace(job.start, job.options, job.requested);
    update(job);
  });
}

void Supervisor::handle(WatchSet::Key key, TimePoint now) {
  const auto place = jobs_.find(key >> kChannelBits);
  if (place == jobs_.end() || !place->second->process) {
    return;
  }
  Job& job = *place->second;
  guarded(job, [&] {
    try {
      job.process->on_ready(static_cast<Process::Channel>(key & ((1U << kChannelBits) - 1)), now);
    } catch (const std::bad_alloc&) {
      job.process->stop(StopReason::loop_failed, ENOMEM);  // its tree is ended in good order
    }
    update(job);
  });
}

void Supervisor::on_time(Job& job, TimePoint now, ProcessTable& table) {
  guarded(job, [&] {
    if (job.process) {
      job.process->on_time(now, table);
      update(job);
      return;
    }
    if (job.state == Job::State::finished) {
      return;
    }
    Outcome outcome;
    const bool late = now >= job.deadline;
    outcome.cause = late ? Cause::deadline : Cause::refused;
    outcome.detail =
        late ? "its deadline passed in the queue"
             : "waited in the queue for " + std::to_string(limits_.queue_time.count()) + " ms";
    end_unstarted(job, std::move(outcome));
  });
}

/// Brings watches, timer and state in line with the process.
void Supervisor::update(Job& job) {
  Process& process = *job.process;
  for (const Process::Channel channel : Process::kChannels) {
    bool& watched = job.watched[static_cast<std::size_t>(channel)];
    if (process.wants(channel) && !watched) {
      const auto readiness = channel == Process::Channel::input ? WatchSet::Readiness::write
                                                                : WatchSet::Readiness::read;
      const int error = watches_.add(process.fd(channel), readiness, key_of(job.id, channel));
      watched = error == 0;
      if (error != 0) {
        process.stop(StopReason::loop_failed, error);
      }
    } else if (!process.wants(channel) && watched) {
      watches_.remove(process.fd(channel));
      watched = false;
    }
  }
  process.close_unwanted();
  timers_.set(job.id, std::min(process.wake_at(), TimerQueue::kNotAwaited));
  if (process.done()) {
    job.result = process.take_result();
    job.process.reset();
    give_slot_back();
    finish(job);
  }
}

void Supervisor::end_unstarted(Job& job, Outcome outcome) {
  const bool placed = job.state == Job::State::placed;
  leave_line(job);
  if (placed) {
    give_slot_back();
  }
  outcome.duration = time_since(job.requested);
  job.result.outcome = std::move(outcome);
  finish(job);
}

void Supervisor::stop(Job& job, bool host_stops) {
  guarded(job, [&] {
    if (job.process) {
      job.process->stop(host_stops ? StopReason::host_stops : StopReason::cancelled);
      update(job);
    } else if (job.state != Job::State::finished) {
      Outcome outcome;
      outcome.cause = Cause::deadline;
      outcome.detail = host_stops ? "the server is stopping" : "cancelled";
      end_unstarted(job, std::move(outcome));
    }
  });
}

/// Completions may submit and cancel: each is called when its job is known here no more.
void Supervisor::deliver() {
  Jobs finished;
  finished.swap(finished_);
  for (const JobId id : finished) {
    const auto node = jobs_.extract(id);
    Job& job = *node.mapped();
    if (job.completion) {
      job.completion(id, std::move(job.result));
    }
  }
}

/// There is room for a queued one here, and none among the shared places.
bool Supervisor::looks_for_slot() const {
  return limits_.slots != nullptr && !queue_.empty() && running_ < limits_.most_running;
}

void Supervisor::set_alarm() {
  const bool at_once = !finished_.empty() || !placed_.empty();
  TimePoint alarm = at_once ? TimePoint::min() : timers_.earliest();
  if (looks_for_slot()) {
    alarm = std::min(alarm, Clock::now() + SharedSlots::kRetryAfter);
  }
  watches_.set_alarm(alarm);
}

}  // namespace kamexec

// SPDX-License-Identifier: GPL-2.0-or-later
#include "process/supervisor.h"

#include <algorithm>
#include <exception>
#include <new>
#include <optional>
#include <utility>

#include <cerrno>

#include "process/deferred_reap.h"
#include "process/process.h"
#include "process/program_start_copy.h"

namespace kamexec::process {

struct Supervisor::Job : TableJob {
  std::optional<ProgramStartCopy> copy;
  ProgramStart start;
  RunOptions options;
  std::optional<Process> process;
  WatchedEnds<Process::Channel> watched;
};

Supervisor::Supervisor(const SupervisorLimits& limits, WatchSet watches)
    : limits_(limits), watches_(std::move(watches)) {
  limits_.most_running = std::max<std::size_t>(limits_.most_running, 1);
}

Supervisor::~Supervisor() {
  while (running_ > 0) {
    give_slot_back();
  }
  for (std::size_t i = 0; i < queued(); ++i) {
    leave_queue();
  }
}

Result<std::unique_ptr<Supervisor>> Supervisor::create(const SupervisorLimits& limits) {
  auto watches = WatchSet::create();
  if (!watches) {
    return tl::unexpected(std::move(watches.error()));
  }
  return std::unique_ptr<Supervisor>(new Supervisor(limits, std::move(*watches)));
}

std::size_t Supervisor::queued() const {
  return jobs_.count(JobState::queued);
}

bool Supervisor::idle() const {
  return jobs_.empty();
}

tl::expected<JobId, Outcome> Supervisor::submit(const ProgramStart& program,
                                                const RunOptions& options, Completion completion,
                                                bool may_wait) {
  return take_in(program, options, std::move(completion), may_wait, true);
}

tl::expected<JobId, Outcome> Supervisor::submit_views(const ProgramStart& program,
                                                      const RunOptions& options,
                                                      Completion completion, bool may_wait) {
  return take_in(program, options, std::move(completion), may_wait, false);
}

tl::expected<JobId, Outcome> Supervisor::take_in(const ProgramStart& program,
                                                 const RunOptions& options, Completion completion,
                                                 bool may_wait, bool copied) {
  if (stopping_) {
    return tl::unexpected(Outcome::no_room(std::string(kHostStops)));
  }
  const bool admitted = queued() == 0 && take_slot();
  if (!admitted && !(may_wait && join_queue())) {
    return tl::unexpected(Outcome::no_room(
        (may_wait ? "the queue is full: " : "it may not wait: ") + std::to_string(running_) +
        " commands run and " + std::to_string(queued()) + " wait"));
  }
  Job* job = nullptr;
  try {
    job = &jobs_.add(Clock::now(), options.timeout, std::move(completion));
    job->start = program;
    job->options = options;
    if (copied) {
      const ProgramStartCopy& kept = job->copy.emplace(program, options.input);
      job->start = kept.view();
      job->options.input = kept.input();
    }
    if (admitted) {
      jobs_.set_time(*job, job->deadline);
    } else {
      jobs_.enqueue(*job, limits_.queue_time);
    }
  } catch (...) {
    if (job != nullptr) {
      jobs_.remove(*job);
    }
    if (admitted) {
      give_slot_back();
    } else {
      leave_queue();
    }
    throw;
  }
  const JobId id = job->id;
  start_some();
  return id;
}

bool Supervisor::cancel(JobId id) {
  Job* job = jobs_.find(id);
  if (job == nullptr || job->state == JobState::finished) {
    return false;
  }
  stop(*job, StopReason::cancelled);
  set_alarm();
  return true;
}

void Supervisor::stop_all() {
  stopping_ = true;
  jobs_.for_each([this](Job& job) { stop(job, StopReason::host_stops); });
  set_alarm();
}

void Supervisor::handle_events(TimePoint until) {
  reap_deferred();
  starts_left_ = kStartsAtOnce;
  const auto ready = watches_.wait(until);
  const TimePoint now = Clock::now();
  if (ready) {
    for (const WatchSet::Key key : *ready) {
      on_ready(key, now);
    }
  } else {
    jobs_.for_each([&](Job& job) {
      if (job.process) {
        job.process->stop(StopReason::loop_failed, ready.error().system_errno);
        update(job);
      }
    });
  }
  ProcessTable table;  // one picture serves all that are due now
  for (std::size_t left = jobs_.size(); left > 0; --left) {
    Job* job = jobs_.next_due(now);
    if (job == nullptr) {
      break;
    }
    on_time(*job, now, table);
  }
  jobs_.deliver();
  set_alarm();
}

void Supervisor::start_some() {
  admit_queued();
  for (; starts_left_ > 0; --starts_left_) {
    Job* job = jobs_.first(JobState::admitted);
    if (job == nullptr) {
      break;
    }
    start_program(*job);
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
  return queued() < limits_.most_queued &&
         (limits_.slots == nullptr || limits_.slots->join_queue());
}

void Supervisor::leave_queue() const {
  if (limits_.slots != nullptr) {
    limits_.slots->leave_queue();
  }
}

void Supervisor::admit_queued() {
  while (queued() > 0 && take_slot()) {
    Job& job = *jobs_.first(JobState::queued);
    leave_queue();
    jobs_.move_to(job, JobState::admitted);
    jobs_.set_time(job, job.deadline);
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

/// Ends a job that there is no memory for. Needs none.
void Supervisor::fail(Job& job) {
  if (job.state == JobState::finished) {
    return;
  }
  const bool ran = job.process.has_value();
  job.process.reset();  // kills its group
  finish(job, Outcome::short_of_memory(ran ? Cause::unusable : Cause::refused));
}

void Supervisor::start_program(Job& job) {
  jobs_.move_to(job, JobState::running);
  guarded(job, [&] {
    job.process.emplace(job.start, job.options, job.requested);
    update(job);
  });
}

void Supervisor::on_ready(WatchSet::Key key, TimePoint now) {
  Job* job = jobs_.find(WatchedEnds<Process::Channel>::owner(key));
  if (job == nullptr || !job->process) {
    return;
  }
  guarded(*job, [&] {
    try {
      job->process->on_ready(WatchedEnds<Process::Channel>::end(key), now);
    } catch (const std::bad_alloc&) {
      job->process->stop(StopReason::loop_failed, ENOMEM);  // its tree is ended in good order
    }
    update(*job);
  });
}

void Supervisor::on_time(Job& job, TimePoint now, ProcessTable& table) {
  guarded(job, [&] {
    if (job.process) {
      job.process->on_time(now, table);
      update(job);
    } else if (now >= job.deadline) {
      finish(job, Outcome::deadline_passed("its deadline passed in the queue"));
    } else {
      finish(job, Outcome::no_room("waited in the queue for " +
                                   std::to_string(limits_.queue_time.count()) + " ms"));
    }
  });
}

/// Brings watches, timer and state in line with the process.
void Supervisor::update(Job& job) {
  Process& process = *job.process;
  const int error = job.watched.follow(watches_, process, job.id, Process::Channel::input);
  if (error != 0) {
    process.stop(StopReason::loop_failed, error);
  }
  process.close_unwanted();
  jobs_.set_time(job, process.wake_at());
  if (process.done()) {
    job.result = process.take_result();
    job.process.reset();
    give_slot_back();
    jobs_.finish(job);
  }
}

/// The job ends with @p outcome; it has no process, or none any more.
void Supervisor::finish(Job& job, Outcome outcome) {
  if (job.state == JobState::queued) {
    leave_queue();
  } else {
    give_slot_back();
  }
  outcome.duration = time_since(job.requested);
  job.result = RunResult{std::move(outcome)};
  jobs_.finish(job);
}

void Supervisor::stop(Job& job, StopReason reason) {
  guarded(job, [&] {
    if (job.process) {
      job.process->stop(reason);
      update(job);
    } else if (job.state != JobState::finished) {
      finish(job, reason == StopReason::host_stops ? Outcome::host_stops() : Outcome::cancelled());
    }
  });
}

/// There is room for a queued one here, and none among the shared slots.
bool Supervisor::waits_for_shared_slot() const {
  return limits_.slots != nullptr && queued() > 0 && running_ < limits_.most_running;
}

void Supervisor::set_alarm() {
  TimePoint alarm = jobs_.count(JobState::admitted) > 0 ? TimePoint::min() : jobs_.wake_at();
  if (waits_for_shared_slot()) {
    alarm = std::min(alarm, Clock::now() + SharedSlots::kRetryAfter);
  }
  watches_.set_alarm(alarm);
}

}  // namespace kamexec::process

// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/spawn_runner.h"

#include <algorithm>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "program/program_command.h"

namespace kamexec::engine {
namespace {

process::RunOptions options_of(const Invocation& invocation) {
  process::RunOptions options;
  options.timeout = limit_until(invocation.deadline);
  options.stop = invocation.stop;
  options.input = invocation.input;
  options.capture_output = invocation.capture_output;
  options.output_limit = invocation.output_limit;
  options.capture_error = invocation.capture_error;
  options.error_limit = invocation.error_limit;
  return options;
}

/// A slot that was taken, given back with it.
class HeldSlot {
 public:
  explicit HeldSlot(process::SharedSlots& slots) : slots_(slots) {}
  ~HeldSlot() { slots_.give_back(); }
  HeldSlot(const HeldSlot&) = delete;
  HeldSlot& operator=(const HeldSlot&) = delete;

 private:
  process::SharedSlots& slots_;
};

/// A slot for a caller that waits: until one is free, as long as the definition lets it and @p
/// deadline at the longest. The error is an outcome: refused, or deadline.
tl::expected<void, process::Outcome> take_slot(process::SharedSlots& slots,
                                               const program::ProgramDefinition& program,
                                               TimePoint deadline) {
  if (slots.take()) {
    return {};
  }
  if (!slots.join_queue()) {
    return tl::unexpected<process::Outcome>(process::Outcome::no_room(
        std::to_string(program.most_running) + " of " + program.name + " are running, and " +
        std::to_string(program.most_queued) + " wait (max, queue)"));
  }
  const TimePoint patience =
      program.queue_time.count() > 0 ? after(Clock::now(), program.queue_time) : kNoDeadline;
  bool taken = false;
  while (!(taken = slots.take()) && Clock::now() < std::min(deadline, patience)) {
    std::this_thread::sleep_for(process::SharedSlots::kRetryAfter);
  }
  slots.leave_queue();
  if (taken) {
    return {};
  }
  return tl::unexpected<process::Outcome>(
      patience < deadline
          ? process::Outcome::no_room("waited in the queue for " +
                                      std::to_string(program.queue_time.count()) + " ms")
          : process::Outcome::deadline_passed("its deadline passed in the queue"));
}

process::SupervisorLimits limits_of(const program::Program& program, ProgramHost* host) {
  process::SupervisorLimits limits = program::supervisor_limits(program.definition);
  limits.slots = host != nullptr ? &host->slots() : nullptr;
  return limits;
}

}  // namespace

SpawnRunner::SpawnRunner(const request::InheritedEnvironment& base,
                         const process::SupervisorLimits& limits)
    : base_(base), limits_(limits) {}

SpawnRunner::SpawnRunner(const program::Program& program, const request::InheritedEnvironment& base,
                         std::unique_ptr<ProgramHost> host)
    : program_(&program),
      base_(base),
      host_(std::move(host)),
      limits_(limits_of(program, host_.get())) {}

process::ProgramStart SpawnRunner::start_of(const Invocation& invocation,
                                            char* const* environment) const {
  process::ProgramStart start = program_ != nullptr
                                    ? program::process_start(program_->definition, program_->place)
                                    : process::ProgramStart();
  start.program = invocation.path;
  start.argv = invocation.argv;
  start.environment = environment;
  return start;
}

void SpawnRunner::run(const Invocation& invocation, process::RunResult& result) {
  if (host_ == nullptr) {
    result = process::run(start_of(invocation, envp_.fill(base_, invocation.variables)),
                          options_of(invocation));
    return;
  }
  const TimePoint requested = Clock::now();
  if (const auto taken = take_slot(host_->slots(), program_->definition, invocation.deadline);
      !taken) {
    result = process::RunResult();
    result.outcome = taken.error();
  } else {
    const HeldSlot slot(host_->slots());
    result = process::run(start_of(invocation, envp_.fill(base_, invocation.variables)),
                          options_of(invocation));
  }
  result.outcome.duration = time_since(requested);
}

Result<void> SpawnRunner::open() {
  if (supervisor_ == nullptr) {
    Result<std::unique_ptr<process::Supervisor>> made = process::Supervisor::create(limits_);
    if (!made) {
      return tl::unexpected<Error>(std::move(made.error()));
    }
    supervisor_ = std::move(*made);
  }
  return {};
}

tl::expected<Cancel, process::Outcome> SpawnRunner::submit(const Invocation& invocation,
                                                           Completion completion) {
  if (const Result<void> opened = open(); !opened) {
    return tl::unexpected<process::Outcome>(process::Outcome::refused(opened.error()));
  }
  // It is started later: its pointers are its own.
  auto environment = std::make_shared<std::vector<char*>>();
  char* const* filled = envp_.fill(base_, invocation.variables);
  environment->assign(filled, filled + envp_.size() + 1);
  const auto id = supervisor_->submit_views(
      start_of(invocation, environment->data()), options_of(invocation),
      [environment, done = std::move(completion)](process::JobId, process::RunResult result) {
        done(std::move(result));
      },
      invocation.may_wait);
  if (!id) {
    return tl::unexpected<process::Outcome>(id.error());
  }
  return Cancel([this, id = *id] { supervisor_->cancel(id); });
}

void SpawnRunner::step(TimePoint now) {
  if (supervisor_ != nullptr) {
    supervisor_->handle_events(now);
  }
}

void SpawnRunner::start_some() {
  if (supervisor_ != nullptr) {
    supervisor_->start_some();
  }
}

RunnerFigures SpawnRunner::figures() const {
  RunnerFigures made;
  if (supervisor_ != nullptr) {
    made.running = supervisor_->running();
    made.queued = supervisor_->queued();
  }
  return made;
}

void SpawnRunner::stop_all() {
  if (supervisor_ != nullptr) {
    supervisor_->stop_all();
  }
}

void SpawnRunner::run_until(TimePoint until) {
  if (supervisor_ != nullptr) {
    supervisor_->run_until(until);
  }
}

}  // namespace kamexec::engine

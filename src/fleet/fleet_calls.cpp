// SPDX-License-Identifier: GPL-2.0-or-later
// A FleetRunner as its owner sees it: calls come in, completions go out. What happens between is
// fleet_tries.cpp and fleet_answers.cpp.
#include "fleet/fleet_runner.h"

#include <poll.h>

#include <algorithm>
#include <array>
#include <exception>
#include <utility>

#include "fleet/fleet_call.h"
#include "fleet/fleet_words.h"
#include "process/poll_until.h"

namespace kamexec::fleet {
namespace {

using process::JobId;
using process::JobState;
using process::Outcome;
using process::RunResult;

/// Of the time-out: it leaves the second one three quarters.
constexpr int kHedgeShare = 4;

/// What @p make gives; without its words where there is no memory for them.
template <typename Make>
RunResult result_of(process::Cause cause, Make make) noexcept {
  RunResult result;
  try {
    result.outcome = make();
  } catch (const std::exception&) {
    result.outcome = Outcome::short_of_memory(cause);
  }
  return result;
}

}  // namespace

FleetRunner::State::~State() {
  calls.for_each([this](Call& call) {
    for (const Try& one : call.open) {
      link.forget(one.request);
    }
  });
}

FleetProgram& FleetRunner::State::program_of(std::string_view name) {
  const auto known = programs.find(name);
  return known != programs.end() ? known->second
                                 : programs.emplace(name, FleetProgram()).first->second;
}

tl::expected<engine::Cancel, Outcome> FleetRunner::State::submit(
    const engine::Invocation& invocation, engine::Completion completion) {
  const program::ProgramDefinition& definition = invocation.program->definition;
  if (stopping) {
    return tl::unexpected(Outcome::no_room(std::string(process::kHostStops)));
  }
  FleetProgram& program = program_of(definition.name);
  if (program.under_way >= definition.fleet.most) {
    return tl::unexpected(too_many(definition.name, definition.fleet.most));
  }
  const TimePoint requested = now();
  Call& call = calls.add(
      requested, std::chrono::milliseconds(0),
      [done = std::move(completion)](JobId, RunResult result) { done(std::move(result)); });
  try {
    call.deadline = invocation.deadline;
    call.program = definition.name;
    call.rule = definition.fleet;
    call.text.emplace(invocation);
    call.wants_output = invocation.capture_output;
    call.output_limit = invocation.output_limit;
    call.error_limit = invocation.error_limit;
    call.figures = &program;
    const auto patience = definition.fleet.hedge.count() > 0 ? definition.fleet.hedge
                                                             : definition.timeout / kHedgeShare;
    call.patience = definition.fleet.idempotent ? patience : std::chrono::milliseconds(0);
    calls.set_time(call, next_hedge(call, requested));
    if (auto begun = begin(call); !begun) {
      calls.remove(call);
      return tl::unexpected(std::move(begun.error()));
    }
  } catch (...) {
    for (const Try& one : call.open) {
      link.forget(one.request);
    }
    calls.remove(call);
    throw;
  }
  ++program.under_way;
  ++program.figures.calls;
  calls.move_to(call, JobState::running);
  set_alarm();
  return engine::Cancel([this, id = call.id] { cancel(id); });
}

void FleetRunner::State::cancel(JobId id) {
  Call* const call = calls.find(id);
  if (call == nullptr || call->state == JobState::finished) {
    return;
  }
  ++call->figures->figures.cancelled;
  finish(*call, result_of(process::Cause::deadline, Outcome::cancelled));
  set_alarm();
}

void FleetRunner::State::stop_all() {
  stopping = true;
  calls.for_each([this](Call& call) {
    if (call.state != JobState::finished) {
      finish(call, result_of(process::Cause::deadline, Outcome::host_stops));
    }
  });
  set_alarm();
}

void FleetRunner::State::step(TimePoint time) {
  static_cast<void>(watches.wait(TimePoint::min()));  // the alarm alone: it has rung
  if (time >= send_lost_at) {
    send_lost(time);
  }
  while (Call* const call = calls.next_due(time)) {
    if (call->state == JobState::finished) {
      continue;
    }
    if (time >= call->deadline) {
      expire(*call);
    } else {
      hedge(*call, time);
      calls.set_time(*call, next_hedge(*call, time));
    }
  }
  calls.deliver();
  set_alarm();
}

bool FleetRunner::State::has_results() const {
  return calls.count(JobState::finished) > 0;
}

/// In a handler of the link's. An alarm for the results would cost the loop a turn of its own.
void FleetRunner::State::set_alarm_unless_results() {
  if (!has_results()) {
    set_alarm();
  }
}

void FleetRunner::State::set_alarm() {
  watches.set_alarm(std::min(calls.wake_at(), send_lost_at));
}

Result<std::unique_ptr<FleetRunner>> FleetRunner::create(nats::Link& link,
                                                         FleetRunnerOptions options) {
  Result<process::WatchSet> watches = process::WatchSet::create();
  if (!watches) {
    return tl::unexpected<Error>(std::move(watches.error()));
  }
  return std::unique_ptr<FleetRunner>(
      new FleetRunner(std::make_unique<State>(link, std::move(options), std::move(*watches))));
}

FleetRunner::FleetRunner(std::unique_ptr<State> state) : state_(std::move(state)) {}
FleetRunner::~FleetRunner() = default;

engine::Needs FleetRunner::needs() const {
  return kAllParts;
}

bool FleetRunner::has_results() const {
  return state_->has_results();
}

void FleetRunner::complete() {
  state_->calls.deliver();
  state_->set_alarm();
}

FleetFigures FleetRunner::figures_of(std::string_view program) const {
  const auto known = state_->programs.find(program);
  FleetFigures figures;
  if (known != state_->programs.end()) {
    figures = known->second.figures;
    figures.under_way = known->second.under_way;
  }
  figures.workers = state_->workers.known(program);
  return figures;
}

void FleetRunner::run(const engine::Invocation& invocation, RunResult& result) {
  result = RunResult();
  result.outcome = Outcome::refused(invocation.program->definition.name +
                                    " has via=nats, and is called by kamexecd's loop alone");
}

tl::expected<engine::Cancel, Outcome> FleetRunner::submit(const engine::Invocation& invocation,
                                                          engine::Completion completion) {
  return state_->submit(invocation, std::move(completion));
}

int FleetRunner::fd() const {
  return state_->watches.fd();
}

void FleetRunner::step(TimePoint now) {
  state_->step(now);
}

bool FleetRunner::has_calls() const {
  return !state_->calls.empty();
}

engine::RunnerFigures FleetRunner::figures() const {
  engine::RunnerFigures figures;
  figures.running = state_->calls.count(JobState::running);
  return figures;
}

void FleetRunner::stop_all() {
  state_->stop_all();
}

void FleetRunner::run_until(TimePoint until) {
  while (has_calls()) {
    state_->link.settle();
    std::array<pollfd, 2> entries{pollfd{fd(), POLLIN, 0}, pollfd{state_->link.fd(), POLLIN, 0}};
    // Where it can't be waited it is asked again, until the time has passed.
    static_cast<void>(process::poll_until(entries.data(), entries.size(), until));
    state_->link.step();
    step(Clock::now());
    if (Clock::now() >= until) {
      break;
    }
  }
  state_->link.settle();
}

}  // namespace kamexec::fleet

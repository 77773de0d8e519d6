// SPDX-License-Identifier: GPL-2.0-or-later
#include "kamailio/async/runners.h"

#include <exception>

#include "base/clock.h"
#include "kamailio/calls/call_state.h"
#include "kamailio/calls/function_names.h"
#include "kamailio/calls/record_call.h"
#include "kamailio/programs/called_programs.h"
#include "kamailio/programs/program_run.h"
#include "kamailio/state/settings.h"
#include "program/program_command.h"

namespace kamexec {
namespace {

/// An argv in shared memory, as execve wants it.
std::vector<char*> pointers_to(const std::vector<std::string_view>& texts) {
  std::vector<char*> pointers;
  for (const std::string_view text : texts) {
    pointers.push_back(const_cast<char*>(text.data()));
  }
  pointers.push_back(nullptr);
  return pointers;
}

/// The environment as a call that is run where it is made has it: what all processes have a copy
/// of, then what the request gave. Lives until this process' next call.
char* const* environment_of(const AsyncTexts& texts, const ProgramRun* program) {
  begin_environment(program);
  Environment& environment = call_state().buffers.environment;
  for (const std::string_view variable : texts.variables) {
    const std::size_t equals = variable.find('=');
    environment.set(variable.substr(0, equals), variable.substr(equals + 1));
  }
  return environment.envp();
}

/// Of its time that a job has left; 0: it has no deadline.
std::chrono::milliseconds left_of(const AsyncJob& job) {
  return rest_of(std::chrono::milliseconds(job.timeout_ms), job.requested);
}

RunOptions options_of(const AsyncJob& job, RunOptions options, std::string_view input) {
  options.timeout = left_of(job);
  options.stop.grace = std::chrono::milliseconds(job.grace_ms);
  options.capture_output = job.capture_output;
  options.capture_error = job.capture_error;
  options.input = input;
  return options;
}

/// Whether @p body got to its end: short of memory it doesn't, and that is nothing to the others.
template <typename Body>
bool did(Body body) {
  try {
    body();
    return true;
  } catch (const std::exception&) {
    return false;
  }
}

/// One face for Supervisor and Pool, whose completions and cancels look alike.
template <typename Runner, typename... Arguments>
tl::expected<Runners::Cancel, Outcome> submit_to(Runner& runner, Runners::Completion completion,
                                                 const Arguments&... arguments) {
  const auto id = runner.submit(
      arguments..., [completion](auto, RunResult result) { completion(std::move(result)); });
  if (!id) {
    return tl::unexpected<Outcome>(id.error());
  }
  return Runners::Cancel([&runner, id = *id] { runner.cancel(id); });
}

tl::expected<Runners::Cancel, Outcome> ask(Pool& pool, const AsyncJob& job, const AsyncTexts& texts,
                                           char* const* environment,
                                           Runners::Completion completion) {
  WorkerRequest request;
  request.call = worker_call(job.function);
  request.arguments = std::span(texts.arguments).subspan(1);
  request.uri = texts.uri;
  request.environment = environment;
  request.message = texts.input;
  return submit_to(pool, std::move(completion), request, left_of(job));
}

}  // namespace

Result<Supervisor*> Runners::supervisor_of(ProgramRun& run) {
  if (const auto known = spawned_.find(&run); known != spawned_.end()) {
    return known->second.get();
  }
  SupervisorLimits limits = supervisor_limits(run.program().definition);
  limits.slots = &run.places();
  Result<std::unique_ptr<Supervisor>> made = Supervisor::create(limits);
  if (!made) {
    return tl::unexpected<Error>(std::move(made.error()));
  }
  return spawned_.emplace(&run, std::move(*made)).first->second.get();
}

void Runners::start_pools() {
  for (ProgramRun* run : start_called_pools(CalledBy::job_process)) {
    if (const Result<Pool*> pool = run->pool(); pool) {
      pooled_[run] = *pool;
    }
  }
}

tl::expected<Runners::Cancel, Outcome> Runners::submit(const AsyncJob& job, Completion completion) {
  const AsyncTexts texts = unpack(job);
  std::vector<char*> argv = pointers_to(texts.arguments);
  ProgramStart start;
  const ProgramRun* program = nullptr;
  Supervisor* supervisor = commands_[static_cast<std::size_t>(job.waiter)].get();
  RunOptions options = settings().run;
  if (job.program != nullptr) {
    const Result<ProgramRun*> run = ProgramRun::of(*job.program);
    if (!run) {
      return tl::unexpected<Outcome>(refused(run.error().message).outcome);
    }
    const Result<Pool*> pool = (*run)->pool();
    if (!pool) {
      return tl::unexpected<Outcome>(refused(pool.error().message).outcome);
    }
    if (*pool != nullptr) {
      pooled_[*run] = *pool;
      return ask(**pool, job, texts, environment_of(texts, *run), std::move(completion));
    }
    const Result<Supervisor*> own = supervisor_of(**run);
    if (!own) {
      return tl::unexpected<Outcome>(refused(own.error().message).outcome);
    }
    supervisor = *own;
    program = *run;
    start = start_of((*run)->program().definition, (*run)->program().place);
    options = run_options((*run)->program().definition);
  }
  start.program = texts.program.data();
  start.argv = argv.data();
  start.environment = environment_of(texts, program);
  return submit_to(*supervisor, std::move(completion), start,
                   options_of(job, options, texts.input));
}

void Runners::watch(std::vector<pollfd>& into) const {
  for (const auto& supervisor : commands_) {
    into.push_back({supervisor->fd(), POLLIN, 0});
  }
  for (const auto& [run, supervisor] : spawned_) {
    into.push_back({supervisor->fd(), POLLIN, 0});
  }
  for (const auto& [run, pool] : pooled_) {
    into.push_back({pool->fd(), POLLIN, 0});
  }
}

/// Calls @p body for each; false where one threw.
template <typename Body>
bool Runners::for_supervisors(Body body) {
  bool all = true;
  for (const auto& supervisor : commands_) {
    all &= did([&] { body(*supervisor); });
  }
  for (const auto& spawned : spawned_) {
    all &= did([&] { body(*spawned.second); });
  }
  return all;
}

bool Runners::look() {
  bool all = true;
  for (const auto& [run, pool] : pooled_) {
    all &= did([run = run, pool = pool] {
      if (run->takes_reload()) {
        pool->reload();
      }
      pool->step(Clock::now());
      run->tell();
    });
  }
  return for_supervisors([](Supervisor& one) { one.handle_events(Clock::now()); }) && all;
}

bool Runners::start_some() {
  return for_supervisors([](Supervisor& one) { one.start_some(); });
}

void Runners::stop_until(TimePoint until) {
  for (const auto& supervisor : commands_) {
    supervisor->stop_all();
  }
  for (const auto& [run, supervisor] : spawned_) {
    supervisor->stop_all();
  }
  for (const auto& [run, pool] : pooled_) {
    pool->stop_all();
  }
  for (const auto& supervisor : commands_) {
    supervisor->run_until(until);
  }
  for (const auto& [run, supervisor] : spawned_) {
    supervisor->run_until(until);
  }
  for (const auto& [run, pool] : pooled_) {
    pool->run_until(until);
  }
}

}  // namespace kamexec

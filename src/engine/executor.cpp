// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/executor.h"

#include <exception>
#include <utility>

#include "program/program_command.h"

extern "C" char** environ;

namespace kamexec::engine {

Executor::Executor(ExecutorOptions options)
    : options_(std::move(options)),
      commands_(std::make_unique<SpawnRunner>(options_.environment, process::SupervisorLimits())) {}

Result<Executor::Known*> Executor::known(const program::Program& program) {
  if (const auto found = programs_.find(&program); found != programs_.end()) {
    return &found->second;
  }
  Known made{program, program::base_environment(program.definition, environ)};
  const std::vector<program::Mistake> mistakes =
      program::check_permission(made.program.definition, made.program.place);
  if (!mistakes.empty()) {
    return failure(program::text_of(mistakes.front(), made.program.definition.name));
  }
  return &programs_.emplace(&program, std::move(made)).first->second;
}

Result<std::unique_ptr<Runner>> Executor::make_runner(const program::Program& program,
                                                      const Known& known, Way way) const {
  std::unique_ptr<ProgramHost> host =
      options_.program_hosts ? options_.program_hosts(program) : nullptr;
  switch (way) {
    case Way::command:
    case Way::spawn:
      return std::make_unique<SpawnRunner>(known.program, known.base, std::move(host));
    case Way::pool:
      break;
  }
  return PoolRunner::create(known.program, known.base, std::move(host), options_.wrap_transport);
}

Result<Runner*> Executor::runner_for(const program::Program* program, bool unattended) {
  const Way way = way_of(program);
  if (way == Way::command) {
    return unattended && unattended_ ? unattended_.get() : commands_.get();
  }
  const Result<Known*> one = known(*program);
  if (!one) {
    return tl::unexpected<Error>(one.error());
  }
  std::unique_ptr<Runner>& runner = (*one)->runner;
  if (runner == nullptr) {
    Result<std::unique_ptr<Runner>> made = make_runner(*program, **one, way);
    if (!made) {
      return tl::unexpected<Error>(std::move(made.error()));
    }
    runner = std::move(*made);
  }
  return runner.get();
}

Result<void> Executor::check(const program::Program* program) {
  if (program == nullptr) {
    return {};
  }
  const Result<Known*> one = known(*program);
  return one ? Result<void>() : tl::unexpected<Error>(one.error());
}

Result<Needs> Executor::needs(const program::Program* program) {
  const Result<Runner*> runner = runner_for(program, false);
  if (!runner) {
    return tl::unexpected<Error>(runner.error());
  }
  return (*runner)->needs();
}

Result<void> Executor::make_ready(const program::Program& program) {
  const Result<Runner*> runner = runner_for(&program, false);
  return runner ? Result<void>() : tl::unexpected<Error>(runner.error());
}

void Executor::run(const Invocation& invocation, process::RunResult& result) {
  const Result<Runner*> runner = runner_for(invocation.program, invocation.unattended);
  if (!runner) {
    result = process::RunResult();
    result.outcome = process::Outcome::refused(runner.error());
    return;
  }
  (*runner)->run(invocation, result);
}

process::RunResult Executor::run(const Invocation& invocation) {
  process::RunResult result;
  run(invocation, result);
  return result;
}

Result<void> Executor::open_queues(const CommandQueues& queues) {
  auto attended = std::make_unique<SpawnRunner>(options_.environment, queues.attended);
  auto unattended = std::make_unique<SpawnRunner>(options_.environment, queues.unattended);
  for (SpawnRunner* const runner : {attended.get(), unattended.get()}) {
    if (Result<void> opened = runner->open(); !opened) {
      return opened;
    }
  }
  commands_ = std::move(attended);
  unattended_ = std::move(unattended);
  return {};
}

tl::expected<Cancel, process::Outcome> Executor::submit(const Invocation& invocation,
                                                        Completion completion) {
  const Result<Runner*> runner = runner_for(invocation.program, invocation.unattended);
  if (!runner) {
    return tl::unexpected<process::Outcome>(process::Outcome::refused(runner.error()));
  }
  return (*runner)->submit(invocation, std::move(completion));
}

/// Calls @p body for each, also where one threw: short of memory it does, and that is nothing to
/// the others. false: one did.
template <typename Body>
bool Executor::for_all(Body body) const {
  bool all = true;
  const auto call = [&](Runner* runner) {
    try {
      if (runner != nullptr) {
        body(*runner);
      }
    } catch (const std::exception&) {
      all = false;
    }
  };
  for (const auto& [program, one] : programs_) {
    call(one.runner.get());
  }
  call(commands_.get());
  call(unattended_.get());
  return all;
}

void Executor::watch(std::vector<pollfd>& into) const {
  const auto add = [&into](const Runner* runner) {
    if (runner != nullptr && runner->fd() >= 0) {
      into.push_back({runner->fd(), POLLIN, 0});
    }
  };
  add(commands_.get());
  add(unattended_.get());
  for (const auto& [program, one] : programs_) {
    add(one.runner.get());
  }
}

bool Executor::step() {
  return for_all([](Runner& runner) { runner.step(Clock::now()); });
}

bool Executor::start_some() {
  return for_all([](Runner& runner) { runner.start_some(); });
}

void Executor::stop_until(TimePoint until) {
  static_cast<void>(for_all([](Runner& runner) { runner.stop_all(); }));
  static_cast<void>(for_all([until](Runner& runner) { runner.run_until(until); }));
}

}  // namespace kamexec::engine

// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/pool_runner.h"

#include <utility>

#include "pool/local_channel.h"
#include "program/program_command.h"

namespace kamexec::engine {
PoolRunner::PoolRunner(const program::Program& program, const request::InheritedEnvironment& base,
                       std::unique_ptr<ProgramHost> host)
    : program_(program), base_(base), host_(std::move(host)) {}

Result<std::unique_ptr<PoolRunner>> PoolRunner::create(const program::Program& program,
                                                       const request::InheritedEnvironment& base,
                                                       std::unique_ptr<ProgramHost> host,
                                                       const TransportWrapper& wrap) {
  std::unique_ptr<PoolRunner> made(new PoolRunner(program, base, std::move(host)));
  if (Result<void> done = made->make_pool(wrap); !done) {
    return tl::unexpected<Error>(std::move(done.error()));
  }
  return made;
}

Result<void> PoolRunner::make_pool(const TransportWrapper& wrap) {
  command::Argv argv;
  if (Result<void> filled =
          argv.fill(program::worker_command(program_.definition, program_.place), {});
      !filled) {
    return filled;
  }
  process::ProgramStart start = program::process_start(program_.definition, program_.place);
  start.argv = argv.data();
  start.environment = envp_.fill(base_, {});
  const pool::PoolOptions options = program::pool_options(program_.definition);
  Result<std::unique_ptr<pool::Pool>> pool =
      wrap
          ? pool::Pool::create(
                options, wrap(std::make_unique<pool::LocalTransport>(start, options.capture_error)))
          : pool::Pool::create(options, start);
  if (!pool) {
    return tl::unexpected<Error>(std::move(pool.error()));
  }
  pool_ = std::move(*pool);
  static_cast<void>(takes_reload());
  pool_->start_workers();
  tell();
  return {};
}

Needs PoolRunner::needs() const {
  const pool::Wants& wants = pool_->wants();
  return {
      .variables = wants.environment, .input = false, .uri = wants.uri, .message = wants.message};
}

pool::WorkerRequest PoolRunner::request_of(const Invocation& invocation) {
  arguments_.clear();
  for (char* const* word = invocation.argv + 1; *word != nullptr; ++word) {
    arguments_.emplace_back(*word);
  }
  pool::WorkerRequest request;
  request.id = invocation.id;
  request.attempt = invocation.attempt;
  request.call = invocation.call;
  request.arguments = arguments_;
  request.uri = invocation.uri;
  if (pool_->wants().environment) {
    request.environment = envp_.fill(base_, invocation.variables);
  }
  request.message = invocation.message;
  return request;
}

/// Whether all workers are to be replaced since they started; it is taken note of.
bool PoolRunner::takes_reload() {
  const std::uint64_t asked = asked_generation();
  return std::exchange(generation_, asked) != asked;
}

void PoolRunner::run(const Invocation& invocation, process::RunResult& result) {
  const TimePoint requested = Clock::now();
  if (takes_reload()) {
    // Half of a call's time for that: with old ones it is answered all the same.
    pool_->reload_until(after(Clock::now(), program_.definition.timeout / 2));
  }
  {
    const ToldCall told(host_.get());
    pool_->call(request_of(invocation), limit_until(invocation.deadline), result);
  }
  result.outcome.duration = time_since(requested);
  tell();
}

tl::expected<Cancel, process::Outcome> PoolRunner::submit(const Invocation& invocation,
                                                          Completion completion) {
  const auto id = pool_->submit(
      request_of(invocation), limit_until(invocation.deadline),
      [done = std::move(completion)](pool::Pool::JobId, process::RunResult result) {
        done(std::move(result));
      },
      invocation.may_wait);
  if (!id) {
    return tl::unexpected<process::Outcome>(id.error());
  }
  return Cancel([this, id = *id] { pool_->cancel(id); });
}

void PoolRunner::step(TimePoint now) {
  if (takes_reload()) {
    pool_->reload();
  }
  pool_->step(now);
  tell();
}

RunnerFigures PoolRunner::figures() const {
  RunnerFigures made;
  made.workers = pool_->gauges();
  made.running = made.workers.busy;
  made.queued = made.workers.queued;
  made.counters = pool_->counters();
  made.each = pool_->workers();
  made.last_fault = pool_->last_fault();
  return made;
}

void PoolRunner::tell() {
  if (host_ != nullptr) {
    host_->pool_changed(pool_->gauges(), pool_->counters());
  }
}

}  // namespace kamexec::engine

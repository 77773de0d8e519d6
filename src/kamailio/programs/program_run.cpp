// SPDX-License-Identifier: GPL-2.0-or-later
#include "kamailio/programs/program_run.h"

#include <map>
#include <string>

#include "command/argv.h"
#include "program/program_command.h"
#include "program/program_environment.h"
#include "program/program_pool.h"
#include "program/resolved_program.h"

extern "C" char** environ;

namespace kamexec {

ProgramRun::ProgramRun(const Program& program)
    : program_(program),
      inherited_(inherited_by(program.definition, environ)),
      shared_(ProgramShared::of(program)),
      places_(program),
      report_(shared_) {}

void ProgramRun::add_environment(Environment& into) const {
  kamexec::add_environment(program_.definition, inherited_, into);
}

Result<void> ProgramRun::make_pool() {
  Argv argv;
  const PreparedCommand command = worker_command(program_.definition, program_.place);
  if (Result<void> filled = argv.fill(command, {}); !filled) {
    return filled;
  }
  Environment environment;
  add_environment(environment);
  ProgramStart start = start_of(program_.definition, program_.place);
  start.argv = argv.data();
  start.environment = environment.envp();
  Result<std::unique_ptr<Pool>> pool = Pool::create(pool_options(program_.definition), start);
  if (!pool) {
    return tl::unexpected<Error>(std::move(pool.error()));
  }
  pool_ = std::move(*pool);
  generation_ = shared_.generation.load();
  pool_->start_workers();
  tell();
  return {};
}

bool ProgramRun::takes_reload() {
  const std::uint64_t asked = shared_.generation.load();
  if (asked == generation_) {
    return false;
  }
  generation_ = asked;
  return true;
}

/// Has all workers replaced, where exec.reload came. Half of a call's time for that: with old ones
/// it is answered all the same.
void ProgramRun::renew() {
  if (takes_reload()) {
    pool_->reload_until(after(Clock::now(), program_.definition.timeout / 2));
  }
}

RunResult ProgramRun::ask(const WorkerRequest& request) {
  const TimePoint requested = Clock::now();
  renew();
  shared_.running.fetch_add(1);
  const auto end = std::unique_ptr<ProgramShared, void (*)(ProgramShared*)>(
      &shared_, [](ProgramShared* shared) { shared->running.fetch_sub(1); });
  RunResult result = pool_->call(request, rest_of(program_.definition.timeout, requested));
  result.outcome.duration = time_since(requested);
  tell();
  return result;
}

void ProgramRun::tell() {
  report_.tell(pool_->gauges(), pool_->counters());
}

Result<Pool*> ProgramRun::pool() {
  if (pool_ == nullptr && program_.definition.via == Via::pool) {
    if (Result<void> made = make_pool(); !made) {
      return tl::unexpected<Error>(std::move(made.error()));
    }
  }
  return pool_.get();
}

Result<ProgramStart> program_start(const ProgramRun& run, const PreparedCommand& command,
                                   std::span<const std::string_view> values, CallBuffers& buffers) {
  const Result<ProgramStart> filled = start_of(command, values, {}, buffers);
  if (!filled) {
    return filled;
  }
  ProgramStart start = start_of(run.program().definition, run.program().place);
  start.program = run.program().place.path.c_str();
  start.argv = filled->argv;
  start.environment = filled->environment;
  return start;
}

Result<ProgramRun*> ProgramRun::of(const Program& program) {
  static std::map<const Program*, std::unique_ptr<ProgramRun>> runs;
  std::unique_ptr<ProgramRun>& known = runs[&program];
  if (known) {
    return known.get();
  }
  auto made = std::unique_ptr<ProgramRun>(new ProgramRun(program));
  if (Result<void> may = check_permission(made->program_.definition, made->program_.place); !may) {
    return tl::unexpected<Error>(std::move(may.error()));
  }
  known = std::move(made);
  return known.get();
}

}  // namespace kamexec

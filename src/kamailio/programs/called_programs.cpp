// SPDX-License-Identifier: GPL-2.0-or-later
#include "kamailio/programs/called_programs.h"

#include <set>
#include <string>

#include "kamailio/host/log.h"

namespace kamexec {
namespace {

std::set<const Program*>& called(CalledBy by) {
  return server_state().called_programs[static_cast<std::size_t>(by)];
}

}  // namespace

void note_called(const Program& program, CalledBy by) {
  called(by).insert(&program);
}

std::vector<ProgramRun*> start_called_pools(CalledBy by) {
  std::vector<ProgramRun*> started;
  for (const Program* program : called(by)) {
    if (program->definition.via != Via::pool || program->definition.pool.start == 0) {
      continue;
    }
    const Result<ProgramRun*> run = ProgramRun::of(*program);
    const Result<Pool*> pool = run ? (*run)->pool() : tl::unexpected<Error>(run.error());
    if (!pool) {
      log_error("the program " + program->definition.name + ": " + pool.error().message);
      continue;
    }
    started.push_back(*run);
  }
  return started;
}

}  // namespace kamexec

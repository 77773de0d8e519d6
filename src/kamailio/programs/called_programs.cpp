// SPDX-License-Identifier: GPL-2.0-or-later
#include "kamailio/programs/called_programs.h"

#include <set>
#include <string>

#include "kamailio/host/log.h"
#include "kamailio/programs/server_executor.h"

namespace kamexec::module {
namespace {

std::set<const program::Program*>& called(CalledBy by) {
  return server_state().called_programs[static_cast<std::size_t>(by)];
}

}  // namespace

void note_called(const program::Program& program, CalledBy by) {
  called(by).insert(&program);
}

void start_called_pools(CalledBy by) {
  for (const program::Program* program : called(by)) {
    if (engine::way_of(program) != engine::Way::pool || program->definition.pool.start == 0) {
      continue;
    }
    if (const Result<void> ready = server_executor().make_ready(*program); !ready) {
      log_error("the program " + program->definition.name + ": " + ready.error().message);
    }
  }
}

}  // namespace kamexec::module

// SPDX-License-Identifier: GPL-2.0-or-later
#include "program/program_pool.h"

namespace kamexec::program {

pool::PoolOptions pool_options(const ProgramDefinition& program) {
  pool::PoolOptions options = program.pool;
  options.stop.grace = program.kill_grace;
  options.most_queued = program.most_queued;
  options.queue_time = program.queue_time;
  options.output_limit = program.output_limit;
  options.error_limit = program.error_limit;
  return options;
}

}  // namespace kamexec::program

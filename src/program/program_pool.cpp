// SPDX-License-Identifier: GPL-2.0-or-later
#include "program/program_pool.h"

namespace kamexec {

PoolOptions pool_options(const ProgramDefinition& program) {
  const PoolRules& rules = program.pool;
  PoolOptions options;
  options.start = rules.start;
  options.least = rules.least;
  options.most = rules.most;
  options.idle = rules.idle;
  options.idle_time = rules.idle_time;
  options.requests = rules.requests;
  options.age = rules.age;
  options.start_timeout = rules.start_timeout;
  options.stop.grace = program.kill_grace;
  options.most_queued = program.most_queued;
  options.queue_time = program.queue_time;
  options.back_off_first = rules.backoff;
  options.back_off_most = rules.backoff_most;
  options.breaker_failures = rules.breaker;
  options.breaker_time = rules.breaker_time;
  options.output_limit = program.output_limit;
  options.error_limit = program.error_limit;
  options.always_send.environment = rules.wants.environment;
  options.always_send.message = rules.wants.message;
  return options;
}

}  // namespace kamexec

// SPDX-License-Identifier: GPL-2.0-or-later
#include "program/contradictions.h"

#include <algorithm>

#include "program/attribute_rule.h"
#include "program/units.h"

namespace kamexec::program {
namespace {

using Given = std::set<std::string_view>;

Result<void> check_scope(const ProgramDefinition& program, const Given& given) {
  for (const AttributeRule& rule : attribute_rules()) {
    if (applies(rule.scope, program.via) || !given.contains(rule.name)) {
      continue;
    }
    const std::string name(rule.name);
    if (program.via == Via::service) {
      return failure(name + " is for kamexecd's own definition of this program, and via=service " +
                     "passes calls on to it: move " + name +
                     " to /etc/kamexec/programs.conf, or remove via=service");
    }
    if (rule.scope == Scope::pool) {
      return failure(name +
                     " is for pools, and this program runs with via=spawn: add via=pool, "
                     "or leave " +
                     name + " out");
    }
    return failure(name +
                   " is for via=spawn, and this program runs with via=pool: write workers, "
                   "which limits a pool");
  }
  return {};
}

/// A smaller number under its bound: an error where both were given, else the one that wasn't
/// follows the other.
template <typename Number>
struct Bounded {
  std::string_view name;
  Number& value;
  std::string_view bound_name;
  Number& bound;
  std::string (*text)(Number);
};

template <typename Number>
Result<void> keep_below(const Bounded<Number>& pair, const Given& given) {
  if (pair.value <= pair.bound) {
    return {};
  }
  if (given.contains(pair.name) && given.contains(pair.bound_name)) {
    return failure(std::string(pair.name) + " (" + pair.text(pair.value) + ") is more than " +
                   std::string(pair.bound_name) + " (" + pair.text(pair.bound) +
                   "): lower the first or raise the second");
  }
  if (given.contains(pair.bound_name)) {
    pair.value = pair.bound;
  } else {
    pair.bound = pair.value;
  }
  return {};
}

std::string count_text(std::size_t count) {
  return std::to_string(count);
}

Result<void> settle_pool(pool::PoolOptions& pool, const Given& given) {
  const Bounded<std::size_t> counts[] = {
      {"workers_least", pool.least, "workers", pool.most, count_text},
      {"workers_start", pool.start, "workers", pool.most, count_text},
      {"workers_idle", pool.idle, "workers", pool.most, count_text},
  };
  for (const auto& pair : counts) {
    if (auto kept = keep_below(pair, given); !kept) {
      return kept;
    }
  }
  const Bounded<std::chrono::milliseconds> backoff{"backoff", pool.back_off_first, "backoff_most",
                                                   pool.back_off_most, time_text};
  if (auto kept = keep_below(backoff, given); !kept) {
    return kept;
  }
  if (pool.breaker_failures == 0 && given.contains("breaker_time")) {
    return failure("breaker_time has no effect with breaker=none: remove one of them");
  }
  return {};
}

Result<void> check_queue(const ProgramDefinition& program, const Given& given) {
  if (program.most_queued == 0 && program.queue_time.count() > 0) {
    return failure("queue_time has no effect with queue=0: remove one of them");
  }
  if (program.queue_time <= program.timeout) {
    return {};
  }
  return failure("queue_time (" + time_text(program.queue_time) + ") is more than timeout (" +
                 time_text(program.timeout) + (given.contains("timeout") ? "" : ", the default") +
                 "), which includes the time in the queue: lower the first or raise the second");
}

Result<void> check_cache(const ProgramDefinition& program, const Given& given) {
  if (program.cache.yes.count() == 0) {
    for (const char* name : {"cache_no", "cache_stale", "cache_size"}) {
      if (given.contains(name)) {
        return failure(std::string(name) + " has no effect without cache: add cache=TIME, or " +
                       "remove " + name);
      }
    }
    return {};
  }
  if (program.pool.always_send != pool::Wants()) {
    return failure(
        "cache and wants contradict each other: an answer is kept for the arguments alone, so "
        "that a program with a cache gets neither environment nor message: remove one of them");
  }
  return {};
}

}  // namespace

Result<void> settle(ProgramDefinition& program, const Given& given, Reader reader) {
  if (program.via == Via::service && reader == Reader::daemon) {
    return failure(
        "via=service passes calls on to kamexecd, which is the one that reads this: write spawn "
        "or pool");
  }
  if (auto checked = check_scope(program, given); !checked) {
    return checked;
  }
  if (program.via == Via::service) {
    if (!given.contains("timeout")) {
      program.timeout = {};
    }
    return {};
  }
  if (auto checked = check_cache(program, given); !checked) {
    return checked;
  }
  if (auto checked = check_queue(program, given); !checked) {
    return checked;
  }
  return settle_pool(program.pool, given);
}

}  // namespace kamexec::program

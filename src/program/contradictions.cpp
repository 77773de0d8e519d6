// SPDX-License-Identifier: GPL-2.0-or-later
#include "program/contradictions.h"

#include <algorithm>

#include "program/attribute_rule.h"
#include "program/units.h"

namespace kamexec::program {
namespace {

using Given = std::set<std::string_view>;
using Mistakes = std::vector<Mistake>;

/// Why an attribute means nothing to programs that run as this one does.
std::string out_of_scope(const std::string& name, Scope scope, Via via) {
  if (via == Via::service) {
    return name + " is for kamexecd's own definition of this program, and via=service passes " +
           "calls on to it: move " + name + " to /etc/kamexec/programs.conf, or remove via=service";
  }
  if (via == Via::nats && scope == Scope::offer) {
    return name +
           " is for programs that this host runs, and via=nats passes calls on: remove one of "
           "them";
  }
  if (via == Via::nats) {
    return name +
           " is for the daemon that runs the program, and via=nats passes calls on to it: "
           "move " +
           name + " to the file of that host, or remove via=nats";
  }
  if (scope == Scope::fleet) {
    return name + " is for calls that are passed on: add via=nats, or leave " + name + " out";
  }
  if (scope == Scope::pool) {
    return name + " is for pools, and this program runs with via=spawn: add via=pool, or leave " +
           name + " out";
  }
  return name +
         " is for via=spawn, and this program runs with via=pool: write workers, which limits a "
         "pool";
}

Mistakes check_scope(const ProgramDefinition& program, const Given& given) {
  Mistakes mistakes;
  for (const AttributeRule& rule : attribute_rules()) {
    if (!applies(rule.scope, program.via) && given.contains(rule.name)) {
      const std::string name(rule.name);
      mistakes.push_back({name, out_of_scope(name, rule.scope, program.via)});
    }
  }
  return mistakes;
}

/// A smaller number under its bound: a mistake where both were given, else the one that wasn't
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
void keep_below(const Bounded<Number>& pair, const Given& given, Mistakes& mistakes) {
  if (pair.value <= pair.bound) {
    return;
  }
  if (given.contains(pair.name) && given.contains(pair.bound_name)) {
    const std::string name(pair.name);
    mistakes.push_back({name, name + " (" + pair.text(pair.value) + ") is more than " +
                                  std::string(pair.bound_name) + " (" + pair.text(pair.bound) +
                                  "): lower the first or raise the second"});
  } else if (given.contains(pair.bound_name)) {
    pair.value = pair.bound;
  } else {
    pair.bound = pair.value;
  }
}

std::string count_text(std::size_t count) {
  return std::to_string(count);
}

void settle_pool(pool::PoolOptions& pool, const Given& given, Mistakes& mistakes) {
  const Bounded<std::size_t> counts[] = {
      {"workers_least", pool.least, "workers", pool.most, count_text},
      {"workers_start", pool.start, "workers", pool.most, count_text},
      {"workers_idle", pool.idle, "workers", pool.most, count_text},
  };
  for (const auto& pair : counts) {
    keep_below(pair, given, mistakes);
  }
  const Bounded<std::chrono::milliseconds> backoff{"backoff", pool.back_off_first, "backoff_most",
                                                   pool.back_off_most, time_text};
  keep_below(backoff, given, mistakes);
  if (pool.breaker_failures == 0 && given.contains("breaker_time")) {
    mistakes.push_back(
        {"breaker_time", "breaker_time has no effect with breaker=none: remove one of them"});
  }
}

void check_queue(const ProgramDefinition& program, const Given& given, Mistakes& mistakes) {
  if (program.most_queued == 0 && program.queue_time.count() > 0) {
    mistakes.push_back({"queue_time", "queue_time has no effect with queue=0: remove one of them"});
  } else if (program.queue_time > program.timeout) {
    mistakes.push_back({"queue_time", "queue_time (" + time_text(program.queue_time) +
                                          ") is more than timeout (" + time_text(program.timeout) +
                                          (given.contains("timeout") ? "" : ", the default") +
                                          "), which includes the time in the queue: lower the "
                                          "first or raise the second"});
  }
}

/// Each of @p attributes that was given has no effect without @p needed.
void refuse_without(const std::string& needed, const std::string& remedy,
                    std::initializer_list<std::string_view> attributes, const Given& given,
                    Mistakes& mistakes) {
  for (const std::string_view attribute : attributes) {
    if (given.contains(attribute)) {
      const std::string name(attribute);
      mistakes.push_back({name, name + " has no effect without " + needed + ": add " + remedy +
                                    ", or remove " + name});
    }
  }
}

void check_cache(const ProgramDefinition& program, const Given& given, Mistakes& mistakes) {
  if (program.cache.yes.count() == 0) {
    refuse_without("cache", "cache=TIME", {"cache_no", "cache_stale", "cache_size"}, given,
                   mistakes);
  } else if (program.pool.always_send != pool::Wants()) {
    mistakes.push_back(
        {"wants",
         "wants and cache contradict each other: an answer is kept for the arguments alone, so "
         "that a program with a cache gets neither environment nor message: remove one of them"});
  }
}

void settle_stored(ProgramDefinition& program, const Given& given, Reader reader,
                   Mistakes& mistakes) {
  StoredRule& stored = program.stored;
  if (!stored.stored) {
    refuse_without("delivery", "delivery=stored",
                   {"store_timeout", "store_most", "retry", "retry_most", "attempts", "keep",
                    "keep_done", "order_by"},
                   given, mistakes);
    return;
  }
  if (reader == Reader::server) {
    mistakes.push_back(
        {"delivery",
         "delivery=stored is for kamexecd, which keeps the calls: define the program in its files "
         "alone, and write modparam(\"exec\", \"service\", \"/run/kamexec/programs.sock\") here"});
  }
  if (program.cache.yes.count() > 0) {
    mistakes.push_back({"cache",
                        "cache and delivery=stored contradict each other: a stored call has no "
                        "answer to keep: remove one of them"});
  }
  if (program.via == Via::nats && stored.order_by > 0) {
    mistakes.push_back(
        {"order_by",
         "order_by and via=nats contradict each other: other hosts run the calls, and there is no "
         "order from host to host: remove order_by, or define the program with via=spawn or "
         "via=pool, whose calls this host keeps and runs"});
  }
  const Bounded<std::chrono::milliseconds> times[] = {
      {"retry", stored.retry, "retry_most", stored.retry_most, time_text},
      {"keep_done", stored.keep_done, "keep", stored.keep, time_text},
  };
  for (const auto& pair : times) {
    keep_below(pair, given, mistakes);
  }
}

void check_fleet(ProgramDefinition& program, const Given& given, Mistakes& mistakes) {
  if (!program.fleet.idempotent) {
    refuse_without("idempotent=yes", "it if the program may run twice for one call", {"hedge"},
                   given, mistakes);
  } else if (program.fleet.hedge > program.timeout) {
    mistakes.push_back({"hedge", "hedge (" + time_text(program.fleet.hedge) +
                                     ") is more than timeout (" + time_text(program.timeout) +
                                     (given.contains("timeout") ? "" : ", the default") +
                                     "): lower the first or raise the second"});
  }
}

void check_containment(const ProgramDefinition& program, const Given& given, Mistakes& mistakes) {
  const process::SandboxRule& sandbox = program.sandbox;
  if (!sandbox.files) {
    refuse_without("sandbox", "sandbox=strict", {"read", "write"}, given, mistakes);
  }
  if (!sandbox.network) {
    refuse_without("sandbox", "sandbox=strict", {"network"}, given, mistakes);
  }
  if (sandbox.any() && given.contains("no_new_privileges") && !program.no_new_privileges) {
    mistakes.push_back({"no_new_privileges",
                        "no_new_privileges=no and sandbox contradict each other: a sandbox that a "
                        "setuid program leaves is none: remove one of them"});
  }
  if (program.cgroup.empty()) {
    refuse_without("cgroup", "cgroup=auto", {"memory_total", "processes_total", "cpu_total"}, given,
                   mistakes);
  }
}

}  // namespace

Mistakes settle(ProgramDefinition& program, const Given& given, Reader reader) {
  if (program.via == Via::service && reader == Reader::daemon) {
    return {{"via",
             "via=service passes calls on to kamexecd, which is the one that reads this: write "
             "spawn, pool or nats"}};
  }
  if (program.via == Via::nats && reader == Reader::server) {
    return {{"via",
             "via=nats is for kamexecd, which is the one that speaks to other hosts: write "
             "via=service here, and via=nats in /etc/kamexec/programs.conf"}};
  }
  Mistakes mistakes = check_scope(program, given);
  if (!mistakes.empty()) {
    return mistakes;
  }
  if (program.via == Via::service) {
    if (!given.contains("timeout")) {
      program.timeout = {};
    }
    return mistakes;
  }
  check_cache(program, given, mistakes);
  settle_stored(program, given, reader, mistakes);
  if (program.via == Via::nats) {
    check_fleet(program, given, mistakes);
    return mistakes;
  }
  check_containment(program, given, mistakes);
  check_queue(program, given, mistakes);
  settle_pool(program.pool, given, mistakes);
  return mistakes;
}

}  // namespace kamexec::program

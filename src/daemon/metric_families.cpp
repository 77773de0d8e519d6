// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/metric_families.h"

#include <prometheus/metric_type.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>

namespace kamexec::daemon {
namespace {

using process::Cause;
using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

using Labels = std::vector<ClientMetric::Label>;

/// The families of a page, in the order in which they are begun.
class Families {
 public:
  void begin(MetricType type, std::string name, std::string help) {
    MetricFamily family;
    family.name = std::move(name);
    family.help = std::move(help);
    family.type = type;
    families_.push_back(std::move(family));
  }
  /// One of the family that was begun last.
  template <typename Number>
  void add(Labels labels, Number value) {
    ClientMetric metric;
    metric.label = std::move(labels);
    const auto number = static_cast<double>(value);
    if (families_.back().type == MetricType::Counter) {
      metric.counter.value = number;
    } else {
      metric.gauge.value = number;
    }
    families_.back().metric.push_back(std::move(metric));
  }
  void add(Labels labels, const DurationHistogram& durations) {
    ClientMetric metric;
    metric.label = std::move(labels);
    std::uint64_t so_far = 0;
    for (std::size_t i = 0; i < DurationHistogram::kBoundsUs.size(); ++i) {
      so_far += durations.counts[i];
      metric.histogram.bucket.push_back(
          {so_far, static_cast<double>(DurationHistogram::kBoundsUs[i]) / 1e6});
    }
    metric.histogram.bucket.push_back({durations.total(), std::numeric_limits<double>::infinity()});
    metric.histogram.sample_count = durations.total();
    metric.histogram.sample_sum = static_cast<double>(durations.sum.count()) / 1e6;
    families_.back().metric.push_back(std::move(metric));
  }
  template <typename Number>
  void one(MetricType type, std::string name, std::string help, Number value) {
    begin(type, std::move(name), std::move(help));
    add({}, value);
  }
  /// A family without any metric has no place on the page.
  [[nodiscard]] std::vector<MetricFamily> take() {
    std::erase_if(families_, [](const MetricFamily& family) { return family.metric.empty(); });
    return std::move(families_);
  }

 private:
  std::vector<MetricFamily> families_;
};

constexpr MetricType kCounter = MetricType::Counter;
constexpr MetricType kGauge = MetricType::Gauge;

void add_daemon(Families& to, const DaemonStatus& status) {
  to.begin(kGauge, "kamexecd_info", "The running kamexecd: always 1.");
  to.add({{"version", status.version}}, 1);
  to.one(kGauge, "kamexecd_uptime_seconds", "Time since kamexecd was started.",
         static_cast<double>(status.uptime.count()) / 1e3);
  to.one(kGauge, "kamexecd_draining", "1 while kamexecd finishes its calls to end.",
         status.draining ? 1 : 0);
  to.one(kGauge, "kamexecd_connections", "Clients that are connected.", status.connections);
  to.one(kGauge, "kamexecd_connections_limit", "Clients that may be connected.",
         status.most_connections);
  to.one(kCounter, "kamexecd_connections_accepted_total", "Clients that connected.",
         status.accepted);
  to.one(kCounter, "kamexecd_connections_evicted_total",
         "Idle connections that were closed to make room for others.", status.evicted);
  to.one(kCounter, "kamexecd_connections_faulty_total",
         "Connections that were closed because the client was out of step or too slow.",
         status.closed_for_fault);
  to.one(kGauge, "kamexecd_client_memory_bytes", "Memory of requests and replies.", status.memory);
  to.one(kGauge, "kamexecd_client_memory_limit_bytes", "The most that it may be.",
         status.most_memory);
  to.one(kGauge, "kamexecd_calls_under_way", "Calls that run or wait.", status.calls_under_way);
  to.begin(kCounter, "kamexecd_reloads_total", "Times that the files of programs were read again.");
  to.add({{"result", "taken"}}, status.reloads);
  to.add({{"result", "failed"}}, status.failed_reloads);
}

/// A value of each program: with the program's name, and one more label if it has several.
struct Value {
  Labels more;
  double value = 0;
};
template <typename Values>
void add_each(Families& to, const DaemonStatus& status, MetricType type, std::string name,
              std::string help, Values values_of) {
  to.begin(type, std::move(name), std::move(help));
  for (const ProgramStatus& program : status.programs) {
    for (Value& value : values_of(program)) {
      Labels labels{{"program", program.definition->name}};
      labels.insert(labels.end(), value.more.begin(), value.more.end());
      to.add(std::move(labels), value.value);
    }
  }
}

template <typename Number>
Value labelled(const char* name, const char* word, Number value) {
  return {{{name, word}}, static_cast<double>(value)};
}
template <typename Number>
std::vector<Value> alone(Number value) {
  return {{{}, static_cast<double>(value)}};
}

void add_calls(Families& to, const DaemonStatus& status) {
  add_each(to, status, kCounter, "kamexecd_program_calls_total", "Calls that ended, by outcome.",
           [](const ProgramStatus& program) -> std::vector<Value> {
             const CallFigures& calls = program.calls;
             return {labelled("outcome", "ok", calls.of(Cause::ok)),
                     labelled("outcome", "no", calls.of(Cause::nonzero_exit)),
                     labelled("outcome", "deadline", calls.of(Cause::deadline)),
                     labelled("outcome", "not_started", calls.of(Cause::not_started)),
                     labelled("outcome", "refused", calls.of(Cause::refused)),
                     labelled("outcome", "unusable", calls.of(Cause::unusable))};
           });
  to.begin(MetricType::Histogram, "kamexecd_program_duration_seconds",
           "Time from a request to its reply, of all calls that were not refused.");
  for (const ProgramStatus& program : status.programs) {
    to.add({{"program", program.definition->name}}, program.calls.durations);
  }
  add_each(to, status, kGauge, "kamexecd_program_running",
           "Calls that a process, a worker or another host has now.",
           [](const ProgramStatus& program) { return alone(program.now.running); });
  add_each(to, status, kGauge, "kamexecd_program_waiting",
           "Calls that wait for a process or a worker.",
           [](const ProgramStatus& program) { return alone(program.now.queued); });
}

void add_workers(Families& to, const DaemonStatus& status) {
  const auto of_pools = [&](MetricType type, std::string name, std::string help, auto values_of) {
    add_each(to, status, type, std::move(name), std::move(help),
             [&](const ProgramStatus& program) -> std::vector<Value> {
               return program.definition->via == program::Via::pool ? values_of(program.now)
                                                                    : std::vector<Value>();
             });
  };
  using Figures = engine::RunnerFigures;
  of_pools(kGauge, "kamexecd_program_workers", "Workers of a pool, by state.",
           [](const Figures& now) -> std::vector<Value> {
             return {labelled("state", "starting", now.workers.starting),
                     labelled("state", "idle", now.workers.idle),
                     labelled("state", "busy", now.workers.busy),
                     labelled("state", "leaving", now.workers.leaving)};
           });
  of_pools(kCounter, "kamexecd_program_workers_started_total", "Workers that were started.",
           [](const Figures& now) { return alone(now.counters.started); });
  of_pools(kCounter, "kamexecd_program_worker_start_failures_total",
           "Workers that could not be started, or gave no good hello.",
           [](const Figures& now) { return alone(now.counters.start_failures); });
  of_pools(kCounter, "kamexecd_program_workers_failed_total",
           "Workers that were killed for a fault or ended unexpectedly.",
           [](const Figures& now) { return alone(now.counters.failed); });
  of_pools(kCounter, "kamexecd_program_workers_closed_total", "Workers that ended in good order.",
           [](const Figures& now) { return alone(now.counters.closed); });
  of_pools(kCounter, "kamexecd_program_breaker_opened_total",
           "Times that failures in a row had calls refused for a while.",
           [](const Figures& now) { return alone(now.counters.breaker_opened); });
}

void add_caches(Families& to, const DaemonStatus& status) {
  const auto of_caches = [&](MetricType type, std::string name, std::string help, auto values_of) {
    add_each(to, status, type, std::move(name), std::move(help),
             [&](const ProgramStatus& program) -> std::vector<Value> {
               return program.cache ? values_of(*program.cache) : std::vector<Value>();
             });
  };
  of_caches(
      kCounter, "kamexecd_program_cache_calls_total",
      "Calls of a program whose answers are kept, by what the cache did for them.",
      [](const CacheFigures& cache) -> std::vector<Value> {
        return {labelled("result", "hit", cache.hits), labelled("result", "miss", cache.misses),
                labelled("result", "wait", cache.waits), labelled("result", "stale", cache.stale)};
      });
  of_caches(kCounter, "kamexecd_program_cache_refreshes_total",
            "Runs for an answer that was past its time.",
            [](const CacheFigures& cache) { return alone(cache.refreshes); });
  of_caches(kCounter, "kamexecd_program_cache_evictions_total",
            "Answers that went for want of room.",
            [](const CacheFigures& cache) { return alone(cache.evictions); });
  of_caches(kGauge, "kamexecd_program_cache_entries", "Answers that are kept.",
            [](const CacheFigures& cache) { return alone(cache.entries); });
  of_caches(kGauge, "kamexecd_program_cache_bytes", "Memory of the answers that are kept.",
            [](const CacheFigures& cache) { return alone(cache.bytes); });
}

void add_store(Families& to, const DaemonStatus& status) {
  if (!status.store) {
    return;
  }
  const stored::StoreFigures& figures = status.store->figures;
  to.one(kGauge, "kamexecd_store_bytes", "Bytes of the store's files.", figures.bytes);
  to.one(kGauge, "kamexecd_store_dispatches", "1 while this kamexecd begins the attempts.",
         status.store->dispatches ? 1 : 0);
  to.one(kGauge, "kamexecd_store_failing", "1 while the store can't write.",
         figures.failure ? 1 : 0);
  to.one(kCounter, "kamexecd_store_commits_total", "Transactions that were synced to the disk.",
         figures.commits);
  to.one(kCounter, "kamexecd_store_inserted_total", "Calls that were stored.", figures.inserted);
  to.one(kCounter, "kamexecd_store_refused_total", "Calls that could not be stored.",
         figures.refused);
}

/// Of those that are defined, and of those that aren't and have something on disk.
void add_notifications(Families& to, const DaemonStatus& status) {
  std::vector<std::pair<std::string, const StoredStatus*>> all;
  for (const ProgramStatus& program : status.programs) {
    if (program.stored) {
      all.emplace_back(program.definition->name, &*program.stored);
    }
  }
  for (const OrphanStatus& orphan : status.orphans) {
    all.emplace_back(orphan.program, &orphan.stored);
  }
  to.begin(kGauge, "kamexecd_program_notifications", "Calls on disk, by state.");
  for (const auto& [name, stored] : all) {
    to.add({{"program", name}, {"state", "waiting"}}, stored->waiting);
    to.add({{"program", name}, {"state", "running"}}, stored->running);
    to.add({{"program", name}, {"state", "done"}}, stored->done);
    to.add({{"program", name}, {"state", "dead"}}, stored->dead);
  }
  to.begin(kGauge, "kamexecd_program_notifications_oldest_seconds",
           "For how long the oldest call that isn't over has been on disk; 0: there is none.");
  for (const auto& [name, stored] : all) {
    to.add(
        {{"program", name}},
        static_cast<double>(stored->oldest.value_or(std::chrono::milliseconds(0)).count()) / 1e3);
  }
  to.begin(kGauge, "kamexecd_program_notifications_held",
           "1 while no attempts are begun, because the program can't be run or isn't defined.");
  for (const auto& [name, stored] : all) {
    to.add({{"program", name}}, stored->held ? 1 : 0);
  }
  to.begin(kCounter, "kamexecd_program_failed_attempts_total",
           "Attempts that failed and will be repeated, or were the last ones.");
  for (const auto& [name, stored] : all) {
    to.add({{"program", name}}, stored->failed_attempts);
  }
}

/// Of this daemon and NATS.
void add_link(Families& to, const DaemonStatus& status) {
  if (!status.fleet) {
    return;
  }
  const nats::LinkState& link = status.fleet->link;
  to.one(kGauge, "kamexecd_nats_connected", "1 while a NATS server is connected.",
         link.connected ? 1 : 0);
  to.one(kCounter, "kamexecd_nats_connections_total", "Connections to NATS that were made.",
         link.connections);
  to.one(kCounter, "kamexecd_nats_connections_lost_total",
         "Connections to NATS that ended though kamexecd had not closed them.", link.lost);
  to.one(kCounter, "kamexecd_nats_late_answers_total",
         "Answers that came when nobody waited for them any more.", link.late);
  to.one(kCounter, "kamexecd_nats_dropped_total",
         "Messages that came faster than they were handled, and were dropped.", link.dropped);
}

/// What lies in the fleet's store.
void add_fleet_store(Families& to, const DaemonStatus& status) {
  if (!status.fleet || !status.fleet->store) {
    return;
  }
  const FleetStoreStatus& store = *status.fleet->store;
  to.one(kGauge, "kamexecd_fleet_store_ready", "1 while calls can be put into the fleet's store.",
         store.ready ? 1 : 0);
  to.begin(kGauge, "kamexecd_fleet_store_notifications",
           "Calls in the fleet's store, of all hosts, by program and state.");
  for (const auto& [program, counts] : store.counts.programs) {
    to.add({{"program", program}, {"state", "waiting"}}, counts.waiting);
    to.add({{"program", program}, {"state", "dead"}}, counts.dead);
  }
  to.one(kGauge, "kamexecd_fleet_store_oldest_seconds",
         "For how long the oldest call that isn't over has been in the fleet's store; 0: there is "
         "none.",
         static_cast<double>(store.oldest.value_or(std::chrono::milliseconds(0)).count()) / 1e3);
  to.begin(kCounter, "kamexecd_fleet_store_published_total",
           "Calls of this host that were sent to the fleet's store, by what became of them.");
  const fleet::NotePublisherFigures& published = store.published;
  to.add({{"outcome", "stored"}}, published.on_disk);
  to.add({{"outcome", "full"}}, published.full);
  to.add({{"outcome", "too_large"}}, published.too_large);
  to.add({{"outcome", "unavailable"}}, published.unavailable);
  to.add({{"outcome", "unknown"}}, published.unknown);
}

/// Of programs that other hosts run.
void add_fleet_programs(Families& to, const DaemonStatus& status) {
  const auto of_fleet = [&](std::string name, std::string help, auto values_of) {
    add_each(to, status, kCounter, std::move(name), std::move(help),
             [&](const ProgramStatus& program) -> std::vector<Value> {
               return program.fleet ? values_of(*program.fleet) : std::vector<Value>();
             });
  };
  using Figures = fleet::FleetFigures;
  of_fleet("kamexecd_program_fleet_calls_total", "Calls that were passed on to other hosts.",
           [](const Figures& figures) { return alone(figures.calls); });
  of_fleet("kamexecd_program_fleet_second_tries_total",
           "Calls that went to another host as one had no room for them.",
           [](const Figures& figures) { return alone(figures.second_tries); });
  of_fleet("kamexecd_program_fleet_hedged_total",
           "Calls that went to a second host as the first had not answered, by whose answer came "
           "first.",
           [](const Figures& figures) -> std::vector<Value> {
             const std::uint64_t won = std::min(figures.hedge_won, figures.hedged);
             return {labelled("answered", "second", won),
                     labelled("answered", "other", figures.hedged - won)};
           });
  of_fleet("kamexecd_program_fleet_no_responders_total",
           "Calls that nobody had offered to take when they were sent.",
           [](const Figures& figures) { return alone(figures.no_responders); });
  of_fleet("kamexecd_program_fleet_lost_total",
           "Calls that were under way when the connection was lost.",
           [](const Figures& figures) { return alone(figures.lost); });
}

/// Of programs that this daemon runs for other hosts.
void add_offers(Families& to, const DaemonStatus& status) {
  if (!status.fleet) {
    return;
  }
  const auto of_offers = [&](MetricType type, std::string name, std::string help, auto value_of) {
    to.begin(type, std::move(name), std::move(help));
    for (const auto& [program, figures] : status.fleet->offers) {
      to.add({{"program", program}}, value_of(figures));
    }
  };
  using Figures = fleet::OfferFigures;
  of_offers(kCounter, "kamexecd_offer_calls_total", "Calls of other hosts that have come.",
            [](const Figures& figures) { return figures.calls; });
  of_offers(kCounter, "kamexecd_offer_failed_total",
            "Of these, that were answered with neither ok nor no.",
            [](const Figures& figures) { return figures.failed; });
  of_offers(kCounter, "kamexecd_offer_refused_total",
            "Of those, that were refused so that another host takes them.",
            [](const Figures& figures) { return figures.refused; });
  of_offers(kCounter, "kamexecd_offer_cancelled_total", "Calls of other hosts that were cancelled.",
            [](const Figures& figures) { return figures.cancelled; });
  of_offers(kGauge, "kamexecd_offer_under_way", "Calls of other hosts that aren't answered yet.",
            [](const Figures& figures) { return figures.under_way; });
  of_offers(kCounter, "kamexecd_offer_duration_seconds_total",
            "Time from such a call to its answer, of all together.", [](const Figures& figures) {
              return std::chrono::duration<double>(figures.time).count();
            });
}

}  // namespace

std::vector<MetricFamily> families_of(const DaemonStatus& status) {
  Families families;
  add_daemon(families, status);
  add_calls(families, status);
  add_workers(families, status);
  add_caches(families, status);
  add_store(families, status);
  add_notifications(families, status);
  add_link(families, status);
  add_fleet_store(families, status);
  add_fleet_programs(families, status);
  add_offers(families, status);
  return families.take();
}

}  // namespace kamexec::daemon

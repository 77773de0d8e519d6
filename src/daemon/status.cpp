// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/status.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>

#include "program/read_program.h"

namespace kamexec::daemon {
namespace {

using Json = nlohmann::ordered_json;
using pool::Worker;
using process::Cause;

std::int64_t in_ms(TimePoint::duration span) {
  return std::max<std::int64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(span).count(),
                                0);
}

std::string_view word(Worker::State state) {
  switch (state) {
    case Worker::State::starting:
      return "starting";
    case Worker::State::idle:
      return "idle";
    case Worker::State::busy:
      return "busy";
    case Worker::State::closing:
    case Worker::State::stopping:
    case Worker::State::ended:
      break;
  }
  return "leaving";
}

Json attributes_of(const program::ProgramDefinition& definition, bool with_environment) {
  Json all = Json::object();
  for (const program::AttributeText& attribute :
       program::describe(definition, program::Reader::daemon)) {
    if (attribute.name != "name" && (with_environment || attribute.name != "environment")) {
      all[std::string(attribute.name)] = attribute.value;
    }
  }
  return all;
}

/// The words are those of the module's exec.programs.
Json calls_of(const CallFigures& calls) {
  Json durations = Json::array();
  std::uint64_t so_far = 0;
  for (std::size_t i = 0; i < DurationHistogram::kBoundsUs.size(); ++i) {
    so_far += calls.durations.counts[i];
    durations.push_back({{"le_us", DurationHistogram::kBoundsUs[i]}, {"calls", so_far}});
  }
  durations.push_back({{"le_us", nullptr}, {"calls", calls.durations.total()}});
  return {{"ok", calls.of(Cause::ok)},
          {"no", calls.of(Cause::nonzero_exit)},
          {"deadline", calls.of(Cause::deadline)},
          {"not_started", calls.of(Cause::not_started)},
          {"refused", calls.of(Cause::refused)},
          {"unusable", calls.of(Cause::unusable)},
          {"duration_us_sum", calls.durations.sum.count()},
          {"durations", std::move(durations)}};
}

Json workers_of(const engine::RunnerFigures& figures, TimePoint now) {
  Json each = Json::array();
  for (const pool::Pool::WorkerInfo& worker : figures.each) {
    each.push_back({{"pid", worker.pid},
                    {"state", word(worker.state)},
                    {"served", worker.served},
                    {"age_ms", in_ms(now - worker.started_at)}});
  }
  Json all = {{"starting", figures.workers.starting},
              {"idle", figures.workers.idle},
              {"busy", figures.workers.busy},
              {"leaving", figures.workers.leaving},
              {"requests_queued", figures.queued},
              {"started", figures.counters.started},
              {"start_failures", figures.counters.start_failures},
              {"failed", figures.counters.failed},
              {"closed", figures.counters.closed},
              {"breaker_opened", figures.counters.breaker_opened},
              {"reloads", figures.counters.reloads},
              {"each", std::move(each)}};
  if (!figures.last_fault.empty()) {
    all["last_fault"] = figures.last_fault;
  }
  return all;
}

Json cache_of(const CacheFigures& cache) {
  return {{"hits", cache.hits},   {"misses", cache.misses},       {"waits", cache.waits},
          {"stale", cache.stale}, {"refreshes", cache.refreshes}, {"entries", cache.entries},
          {"bytes", cache.bytes}, {"evictions", cache.evictions}};
}

Json stored_of(const StoredStatus& stored) {
  return {{"waiting", stored.waiting},
          {"running", stored.running},
          {"done", stored.done},
          {"dead", stored.dead},
          {"oldest_ms", stored.oldest ? Json(stored.oldest->count()) : Json(nullptr)},
          {"failed_attempts", stored.failed_attempts},
          {"held", stored.held ? Json(*stored.held) : Json(nullptr)}};
}

Json store_of(const StoreStatus& store, const std::vector<OrphanStatus>& orphans) {
  const stored::StoreFigures& figures = store.figures;
  Json undefined = Json::array();
  for (const OrphanStatus& orphan : orphans) {
    Json one = stored_of(orphan.stored);
    one["name"] = orphan.program;
    undefined.push_back(std::move(one));
  }
  return {{"path", figures.path},
          {"bytes", figures.bytes},
          {"commits", figures.commits},
          {"inserted", figures.inserted},
          {"refused", figures.refused},
          {"failure", figures.failure ? Json(*figures.failure) : Json(nullptr)},
          {"dispatches", store.dispatches},
          {"undefined", std::move(undefined)}};
}

/// Of calls that other hosts run: which of them, too.
Json fleet_of(const fleet::FleetFigures& figures, TimePoint now) {
  Json workers = Json::array();
  for (const fleet::Workers::Known& worker : figures.workers) {
    workers.push_back({{"id", worker.id},
                       {"zone", worker.zone},
                       {"calls", worker.calls},
                       {"refused", worker.refused},
                       {"answered_ago_ms", in_ms(now - worker.answered)}});
  }
  return {{"calls", figures.calls},
          {"second_tries", figures.second_tries},
          {"hedged", figures.hedged},
          {"hedge_won", figures.hedge_won},
          {"no_responders", figures.no_responders},
          {"lost", figures.lost},
          {"cancelled", figures.cancelled},
          {"under_way", figures.under_way},
          {"workers", std::move(workers)}};
}

/// What lies in the fleet's store, and what this daemon has to do with it.
Json fleet_store_of(const FleetStoreStatus& store) {
  Json programs = Json::array();
  for (const auto& [name, counts] : store.counts.programs) {
    programs.push_back({{"program", name}, {"waiting", counts.waiting}, {"dead", counts.dead}});
  }
  Json taken = Json::array();
  for (const auto& [name, figures] : store.taken) {
    taken.push_back({{"program", name},
                     {"running", figures.running},
                     {"taken", figures.taken},
                     {"done", figures.done},
                     {"failed_attempts", figures.failed},
                     {"dead", figures.dead},
                     {"given_back", figures.given_back},
                     {"unconfirmed", figures.unconfirmed},
                     {"trouble", figures.trouble.empty() ? Json(nullptr) : Json(figures.trouble)}});
  }
  const fleet::NotePublisherFigures& published = store.published;
  return {{"ready", store.ready},
          {"trouble", store.trouble.empty() ? Json(nullptr) : Json(store.trouble)},
          {"known", store.counts.known},
          {"programs", std::move(programs)},
          {"oldest_ms", store.oldest ? Json(store.oldest->count()) : Json(nullptr)},
          {"published",
           {{"stored", published.on_disk},
            {"duplicates", published.duplicates},
            {"full", published.full},
            {"too_large", published.too_large},
            {"unavailable", published.unavailable},
            {"unknown", published.unknown}}},
          {"taken", std::move(taken)}};
}

/// What this daemon is to the others.
Json member_of(const FleetStatus& fleet) {
  Json offers = Json::array();
  for (const auto& [program, figures] : fleet.offers) {
    const auto us = std::chrono::duration_cast<std::chrono::microseconds>(figures.time);
    offers.push_back({{"program", program},
                      {"calls", figures.calls},
                      {"failed", figures.failed},
                      {"refused", figures.refused},
                      {"cancelled", figures.cancelled},
                      {"under_way", figures.under_way},
                      {"duration_us_sum", us.count()},
                      {"last_error", figures.last_error}});
  }
  const nats::LinkState& link = fleet.link;
  Json all = {{"connected", link.connected},
              {"server", link.server},
              {"server_version", link.server_version},
              {"id", fleet.id},
              {"zone", fleet.zone},
              {"trouble", link.trouble.empty() ? Json(nullptr) : Json(link.trouble)},
              {"connections", link.connections},
              {"lost", link.lost},
              {"late", link.late},
              {"dropped", link.dropped},
              {"max_payload", link.max_payload},
              {"offers", std::move(offers)}};
  if (fleet.store) {
    all["store"] = fleet_store_of(*fleet.store);
  }
  return all;
}

Json program_of(const ProgramStatus& program, TimePoint now) {
  Json all = {{"name", program.definition->name},
              {"attributes", attributes_of(*program.definition, program.shows_environment)},
              {"calls", calls_of(program.calls)}};
  if (program.definition->via == program::Via::pool) {
    all["workers"] = workers_of(program.now, now);
  } else if (program.definition->via == program::Via::spawn) {
    all["processes"] = {{"running", program.now.running}, {"waiting", program.now.queued}};
  }
  if (program.cache) {
    all["cache"] = cache_of(*program.cache);
  }
  if (program.stored) {
    all["stored"] = stored_of(*program.stored);
  }
  if (program.fleet) {
    all["fleet"] = fleet_of(*program.fleet, now);
  }
  return all;
}

}  // namespace

std::string status_json(const DaemonStatus& status, TimePoint now) {
  Json programs = Json::array();
  for (const ProgramStatus& program : status.programs) {
    programs.push_back(program_of(program, now));
  }
  Json all = {{"version", status.version},
              {"pid", status.pid},
              {"uptime_ms", status.uptime.count()},
              {"state", status.draining ? "draining" : "serving"},
              {"clients",
               {{"connections", status.connections},
                {"most_connections", status.most_connections},
                {"accepted", status.accepted},
                {"evicted", status.evicted},
                {"closed_for_fault", status.closed_for_fault},
                {"memory_bytes", status.memory},
                {"most_memory_bytes", status.most_memory},
                {"calls_under_way", status.calls_under_way}}},
              {"reloads", {{"taken", status.reloads}, {"failed", status.failed_reloads}}},
              {"programs", std::move(programs)}};
  if (status.store) {
    all["store"] = store_of(*status.store, status.orphans);
  }
  if (status.fleet) {
    all["fleet"] = member_of(*status.fleet);
  }
  return all.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string fleet_json(const std::vector<std::string>& answers) {
  return Json{{"answers", answers}}.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace kamexec::daemon

// SPDX-License-Identifier: GPL-2.0-or-later
// What a daemon shows: to clients that ask, on the page for Prometheus, of its fleet.
#include <unistd.h>

#include <optional>
#include <utility>

#include "daemon/daemon.h"
#include "daemon/log.h"

namespace kamexec::daemon {
namespace {

/// How old the figures for Prometheus may be.
constexpr std::chrono::seconds kMetricsInterval{1};

}  // namespace

/// Of the programs that @p peer may call; nullptr: of all.
DaemonStatus Daemon::status_for(const Peer* peer) const {
  DaemonStatus status;
  status.version = options_.version;
  status.pid = ::getpid();
  status.uptime = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - started_at_);
  status.draining = phase_ != Phase::serving;
  status.connections = clients_->count();
  status.most_connections = settings_.connections;
  const ClientCounters& counters = clients_->counters();
  status.accepted = counters.accepted;
  status.evicted = counters.evicted;
  status.closed_for_fault = counters.closed_for_fault;
  status.memory = clients_->memory();
  status.most_memory = settings_.memory;
  status.calls_under_way = service_.calls().in_flight();
  status.reloads = reloads_;
  status.failed_reloads = failed_reloads_;
  status.programs = service_.status_for(peer);
  status.store = service_.stored().store_status();
  if (peer == nullptr || peer->is_operator()) {
    status.orphans = service_.stored().orphans();
  }
  for (ProgramStatus& program : status.programs) {
    if (program.definition->via == program::Via::nats) {
      program.fleet = fleet_.figures_of(program.definition->name);
      program.now.running = program.fleet->under_way;
    }
  }
  status.fleet = fleet_.status();
  if (status.fleet && peer != nullptr && !peer->is_operator()) {
    status.fleet->offers.clear();  // they name programs that aren't for everyone
    status.fleet->store.reset();
  }
  return status;
}

void Daemon::answer_fleet(const std::function<void(const process::RunResult&)>& answer) {
  const std::optional<FleetStatus> status = fleet_.status();
  process::RunResult result;
  if (!status || !status->link.connected) {
    result.outcome = process::Outcome::not_started(
        {!status ? "this kamexecd is no member of a fleet: name servers in [nats], or by --nats"
                 : "no NATS server is connected: " + status->link.trouble,
         0});
    answer(result);
    return;
  }
  fleet_.ask_all([answer](const std::vector<std::string>& answers) {
    process::RunResult found;
    found.outcome.cause = process::Cause::ok;
    found.outcome.exit_status = 0;
    found.output = fleet_json(answers) + "\n";
    answer(found);
  });
}

/// Another daemon may have the port for as long as it takes to end.
void Daemon::publish_metrics(TimePoint now) {
  const Result<void> served = metrics_.serve_at(settings_.metrics);
  if (!served && !metrics_fail_) {
    log_line(LogLevel::error, served.error().message + "; it is tried again each second");
  }
  metrics_fail_ = !served;
  publish_at_ = settings_.metrics.empty() ? kNoDeadline : now + kMetricsInterval;
  if (metrics_.is_served()) {
    metrics_.publish(status_for(nullptr));
  }
}

}  // namespace kamexec::daemon

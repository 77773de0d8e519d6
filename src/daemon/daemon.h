// SPDX-License-Identifier: GPL-2.0-or-later
// kamexecd from its start to its end: the loop, signals, reload, stop.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/unique_fd.h"
#include "daemon/clients.h"
#include "daemon/configuration.h"
#include "daemon/event_loop.h"
#include "daemon/fleet.h"
#include "daemon/metrics.h"
#include "daemon/service.h"
#include "daemon/service_manager.h"

namespace kamexec::daemon {

struct DaemonOptions {
  std::vector<std::string> config;  ///< files or directories
  std::string socket;
  std::string state;                      ///< a directory
  std::vector<std::string> nats_servers;  ///< instead of those in the files; read_nats_servers()
  std::string version;                    ///< that it shows
  bool replace = false;                   ///< takes the place of the daemon that has the socket
};

/// Makes this process fit to be a daemon: the signals that it handles are blocked, before any
/// thread is there; SIGPIPE is ignored. The programs that it starts have their signals at their
/// defaults (process/spawn.h). Of the capabilities that the service manager gave to a user who is
/// not root, none passes on to a program: those stay with this process alone.
void prepare_process();

class Daemon {
 public:
  explicit Daemon(DaemonOptions options);
  ~Daemon();
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  /// Reads the files, makes or gets the socket, starts workers, and tells the service manager. The
  /// error: it can't serve; what must be known was logged. Once.
  [[nodiscard]] Result<void> start();
  /// Serves until SIGTERM, SIGINT, or another daemon that takes its place.
  void run();

 private:
  /// Calls a member of the daemon for events of a descriptor.
  class Told final : public EventHandler {
   public:
    Told(Daemon& daemon, void (Daemon::*told)()) : daemon_(daemon), told_(told) {}
    void on_events(std::uint32_t) override { (daemon_.*told_)(); }

   private:
    Daemon& daemon_;
    void (Daemon::*told_)();
  };
  struct Replacement {
    Connection* by = nullptr;
    std::string id;
  };
  enum class Phase { serving, draining, ended };

  [[nodiscard]] Result<Listener> make_listener();
  [[nodiscard]] Result<void> load(bool first);
  [[nodiscard]] Result<void> open_store(const ServedPrograms& programs);
  [[nodiscard]] Result<void> open_fleet(const NatsSettings& settings);
  void apply(const DaemonSettings& settings);
  void answer_fleet(const std::function<void(const process::RunResult&)>& answer);
  void turn();
  void on_signal();
  void on_executor();
  void on_store() { service_.stored().step(); }
  [[nodiscard]] bool has_calls() const;
  void reload();
  void replace();
  void begin_stop(const std::string& why);
  void end();
  [[nodiscard]] TimePoint wake_at() const;
  [[nodiscard]] std::string in_words() const;
  [[nodiscard]] DaemonStatus status_for(const Peer* peer) const;
  void publish_metrics(TimePoint now);

  const DaemonOptions options_;
  ServiceManager manager_;
  DaemonSettings settings_;
  NatsSettings nats_settings_;  ///< that are in use
  std::optional<EventLoop> loop_;
  Fleet fleet_{options_.version};  ///< ends after the service, whose calls it runs
  Service service_;
  std::unique_ptr<Clients> clients_;
  UniqueFd signals_;
  Told signal_told_{*this, &Daemon::on_signal};
  Told executor_told_{*this, &Daemon::on_executor};
  Told store_told_{*this, &Daemon::on_store};
  Phase phase_ = Phase::serving;
  TimePoint end_at_ = kNoDeadline;  ///< of draining
  TimePoint tell_needs_at_ = kNoDeadline;
  std::optional<Replacement> replacement_;
  const TimePoint started_at_ = Clock::now();
  std::uint64_t reloads_ = 0;
  std::uint64_t failed_reloads_ = 0;
  Metrics metrics_;
  TimePoint publish_at_ = kNoDeadline;  ///< metrics
  bool metrics_fail_ = false;           ///< it was logged
  LimitedLog troubles_;
};

}  // namespace kamexec::daemon

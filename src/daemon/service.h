// SPDX-License-Identifier: GPL-2.0-or-later
// What clients ask for is done here: calls of programs, by the one Executor of the daemon, and
// commands to the daemon itself.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "daemon/connection.h"
#include "daemon/log.h"
#include "daemon/served_programs.h"
#include "daemon/status.h"
#include "engine/executor.h"
#include "process/outcome.h"

namespace kamexec::daemon {

class Clients;

/// What the rest of the daemon does for a command: see Service::set_controls().
struct Controls {
  /// The state of the daemon as one line of JSON; @p asks sees the programs that it may call.
  std::function<std::string(const Peer& asks)> status;
  /// Another daemon wants the socket: to be done when the turn is over.
  std::function<void(Connection& to, std::string id)> replace;
};

class Service final : public Requests {
 public:
  Service();
  ~Service() override;
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  /// Before anything else. @p clients must outlive the use of this.
  [[nodiscard]] Result<void> open(Clients& clients, Controls controls);

  /// Serves @p next from now on, starts the first workers of what is new, and tells clients what
  /// has changed for them. What isn't in it any more finishes what it has.
  void serve(ServedPrograms next);
  [[nodiscard]] const ServedPrograms& programs() const { return programs_; }

  /// Of the programs that @p peer may call; nullptr: of all. Valid until serve().
  [[nodiscard]] std::vector<ProgramStatus> status_for(const Peer* peer) const;

  void set_log_calls(bool wanted) { log_calls_ = wanted; }

  // The loop's part.

  /// To be watched for reading; step() handles what has happened.
  [[nodiscard]] int fd() const { return executor_.fd(); }
  void step();
  /// Tells clients where workers have said that they want less, or more, than was known.
  void tell_needs();

  [[nodiscard]] std::size_t calls_in_flight() const { return running_.size(); }
  /// Ends all calls and all workers; waits until @p until at the longest.
  void stop_until(TimePoint until) { executor_.stop_until(until); }

  [[nodiscard]] engine::Executor& executor() { return executor_; }

  void on_hello(Connection& from) override;
  void on_call(Connection& from, const service::CallRequest& request) override;
  void on_refused(Connection& from, std::string_view id, std::string_view why) override;
  void on_cancel(Connection& from, std::string_view id) override;
  void on_control(Connection& from, const service::ControlRequest& request) override;
  void on_closed(Connection& from, std::string_view why) override;

 private:
  using CallList = std::list<Call>;

  [[nodiscard]] tl::expected<ServedProgramPtr, process::Outcome> program_for(
      const Peer& peer, std::string_view name) const;
  [[nodiscard]] Call& new_call();
  void submit(Connection& from, Call& call, const service::CallRequest& request);
  void finished(Call& call, process::RunResult result);
  void refuse(Connection& from, std::string_view id, std::string_view program,
              process::Outcome outcome);
  void account(ServedProgram& program, const process::Outcome& outcome);
  void log_call(const Peer& peer, std::string_view id, std::string_view program,
                const process::RunResult& result);
  void answer(Connection& to, std::string_view id, std::string text);
  void tell_program(const ServedProgram& program, const ServedPrograms* before);
  void retire(const ServedProgramPtr& program);

  Clients* clients_ = nullptr;
  Controls controls_;
  engine::Executor executor_;
  ServedPrograms programs_;
  CallList running_;
  CallList spare_;  ///< their memory is used again
  bool log_calls_ = false;
  LimitedLog failures_;
  LimitedLog peers_;
};

}  // namespace kamexec::daemon

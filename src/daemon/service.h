// SPDX-License-Identifier: GPL-2.0-or-later
// What clients ask for: which programs there are for them, calls, commands to the daemon itself.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "daemon/call_runner.h"
#include "daemon/connection.h"
#include "daemon/log.h"
#include "daemon/served_programs.h"
#include "daemon/status.h"
#include "daemon/stored_calls.h"
#include "process/outcome.h"

namespace kamexec::daemon {

class Clients;

/// What the rest of the daemon does for a command: see Service::set_controls().
struct Controls {
  /// The state of the daemon as one line of JSON; @p asks sees the programs that it may call.
  std::function<std::string(const Peer& asks)> status;
  /// Another daemon wants the socket: to be done when the turn is over.
  std::function<void(Connection& to, std::string id)> replace;
  /// What all daemons of the fleet say of themselves, as one line of JSON; answers once.
  std::function<void(std::function<void(const process::RunResult&)> answer)> fleet;
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
  /// Tells clients where workers have said that they want less, or more, than was known.
  void tell_needs();

  [[nodiscard]] StoredCalls& stored() { return stored_; }
  [[nodiscard]] const StoredCalls& stored() const { return stored_; }
  [[nodiscard]] CallRunner& calls() { return calls_; }
  [[nodiscard]] const CallRunner& calls() const { return calls_; }

  /// Of the programs that @p peer may call; nullptr: of all. Valid until serve().
  [[nodiscard]] std::vector<ProgramStatus> status_for(const Peer* peer) const;

  void on_hello(Connection& from) override;
  void on_call(Connection& from, const service::CallRequest& request) override;
  void on_refused(Connection& from, std::string_view id, std::string_view why) override;
  void on_cancel(Connection& from, std::string_view id) override;
  void on_control(Connection& from, const service::ControlRequest& request) override;
  void on_closed(Connection& from, std::string_view why) override;

 private:
  using Refusal = process::Outcome;

  [[nodiscard]] tl::expected<ServedProgramPtr, Refusal> program_for(const Peer& peer,
                                                                    std::string_view name) const;
  [[nodiscard]] tl::expected<std::string, Refusal> control(Connection& from,
                                                           const service::ControlRequest& request);
  void queue(Connection& from, const service::ControlRequest& request);
  void fleet(Connection& from, const service::ControlRequest& request);
  [[nodiscard]] std::optional<engine::Needs> told_needs(const program::Program& program);
  [[nodiscard]] tl::expected<std::string, Refusal> flush(const Peer& peer,
                                                         const service::ControlRequest& request);

  Clients* clients_ = nullptr;
  Controls controls_;
  CallRunner calls_;
  StoredCalls stored_{calls_.executor()};
  ServedPrograms programs_;
  LimitedLog faults_;
};

}  // namespace kamexec::daemon

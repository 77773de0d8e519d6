// SPDX-License-Identifier: GPL-2.0-or-later
// Named programs with via=service: a daemon on this machine runs them. One for all such programs of
// a process, as they share its connection.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/program_host.h"
#include "engine/runner.h"
#include "service/client.h"

namespace kamexec::engine {

/// Of a program nothing is read but its definition's name and time-out: one that lives as long as
/// its call will do, unless @p hosts knows it.
class ServiceRunner final : public Runner {
 public:
  /// Connects to nothing yet. @p socket: of the daemon; @p hosts: of the Executor.
  [[nodiscard]] static Result<std::unique_ptr<ServiceRunner>> create(const std::string& socket,
                                                                     ProgramHosts hosts);

  /// What the daemon says of the program is of use.
  [[nodiscard]] Needs needs_of(const program::Program& program);
  [[nodiscard]] service::Client& client() { return *client_; }

  [[nodiscard]] Needs needs() const override;
  void run(const Invocation& invocation, process::RunResult& result) override;
  [[nodiscard]] tl::expected<Cancel, process::Outcome> submit(const Invocation& invocation,
                                                              Completion completion) override;
  [[nodiscard]] Result<void> open() override { return {}; }
  [[nodiscard]] int fd() const override { return client_->fd(); }
  void step(TimePoint now) override { client_->step(now); }
  void start_some() override {}
  [[nodiscard]] bool has_calls() const override { return client_->has_jobs(); }
  [[nodiscard]] RunnerFigures figures() const override { return {}; }  // the daemon's to tell
  void stop_all() override { client_->stop_all(); }
  void run_until(TimePoint until) override { client_->run_until(until); }

 private:
  ServiceRunner(std::unique_ptr<service::Client> client, ProgramHosts hosts)
      : client_(std::move(client)), hosts_(std::move(hosts)) {}
  [[nodiscard]] service::CallRequest request_of(const Invocation& invocation);
  [[nodiscard]] ProgramHost* host_of(const program::Program& program);

  const std::unique_ptr<service::Client> client_;
  const ProgramHosts hosts_;
  std::map<const program::Program*, std::unique_ptr<ProgramHost>> known_hosts_;
  std::vector<std::string_view> arguments_;
  TimePoint looked_at_{};  ///< what the daemon has told
};

}  // namespace kamexec::engine

// SPDX-License-Identifier: GPL-2.0-or-later
// A process for each call: of commands, and of a named program with via=spawn.
#pragma once

#include <memory>

#include "engine/program_host.h"
#include "engine/runner.h"
#include "process/supervisor.h"
#include "request/envp.h"
#include "request/inherited_environment.h"

namespace kamexec::engine {

class SpawnRunner final : public Runner {
 public:
  /// Of commands. @p base: what the environment of each begins with; it must outlive this. @p
  /// limits: those of submit().
  SpawnRunner(const request::InheritedEnvironment& base, const process::SupervisorLimits& limits);
  /// Of @p program, as this process may start it; it must outlive this, too. @p host: nullptr where
  /// there are no other processes.
  SpawnRunner(const program::Program& program, const request::InheritedEnvironment& base,
              std::unique_ptr<ProgramHost> host);

  [[nodiscard]] Needs needs() const override { return {}; }
  void run(const Invocation& invocation, process::RunResult& result) override;
  [[nodiscard]] tl::expected<Cancel, process::Outcome> submit(const Invocation& invocation,
                                                              Completion completion) override;
  [[nodiscard]] Result<void> open() override;
  [[nodiscard]] int fd() const override { return supervisor_ ? supervisor_->fd() : -1; }
  void step(TimePoint now) override;
  void start_some() override;
  [[nodiscard]] bool has_calls() const override { return supervisor_ && !supervisor_->idle(); }
  [[nodiscard]] RunnerFigures figures() const override;
  void stop_all() override;
  void run_until(TimePoint until) override;

 private:
  [[nodiscard]] process::ProgramStart start_of(const Invocation& invocation,
                                               char* const* environment) const;

  const program::Program* const program_ = nullptr;  ///< nullptr: commands
  const request::InheritedEnvironment& base_;
  const std::unique_ptr<ProgramHost> host_;
  process::SupervisorLimits limits_;
  request::Envp envp_;
  std::unique_ptr<process::Supervisor> supervisor_;  ///< since open()
};

}  // namespace kamexec::engine

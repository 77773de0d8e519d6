// SPDX-License-Identifier: GPL-2.0-or-later
// A named program with via=pool: workers of this process answer its calls.
#pragma once

#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "engine/program_host.h"
#include "engine/runner.h"
#include "pool/pool.h"
#include "request/envp.h"
#include "request/inherited_environment.h"

namespace kamexec::engine {

/// Puts something between a pool and its workers' channels: who wants to hear what is said.
using TransportWrapper =
    std::function<std::unique_ptr<pool::WorkerTransport>(std::unique_ptr<pool::WorkerTransport>)>;

class PoolRunner final : public Runner {
 public:
  /// Its first workers are started, and not waited for. @p program: as this process may start it;
  /// @p base: what its environment begins with. Both must outlive this. @p host: nullptr where
  /// there are no other processes.
  [[nodiscard]] static Result<std::unique_ptr<PoolRunner>> create(
      const program::Program& program, const request::InheritedEnvironment& base,
      std::unique_ptr<ProgramHost> host, const TransportWrapper& wrap);

  [[nodiscard]] Needs needs() const override;
  void run(const Invocation& invocation, process::RunResult& result) override;
  [[nodiscard]] tl::expected<Cancel, process::Outcome> submit(const Invocation& invocation,
                                                              Completion completion) override;
  [[nodiscard]] Result<void> open() override { return {}; }
  [[nodiscard]] int fd() const override { return pool_->fd(); }
  [[nodiscard]] bool is_asked() const override { return asked_generation() != generation_; }
  void step(TimePoint now) override;
  void start_some() override {}
  [[nodiscard]] bool has_calls() const override { return !pool_->idle(); }
  [[nodiscard]] bool has_workers() const override { return !pool_->empty(); }
  [[nodiscard]] RunnerFigures figures() const override;
  void stop_all() override { pool_->stop_all(); }
  void run_until(TimePoint until) override { pool_->run_until(until); }

 private:
  PoolRunner(const program::Program& program, const request::InheritedEnvironment& base,
             std::unique_ptr<ProgramHost> host);
  [[nodiscard]] Result<void> make_pool(const TransportWrapper& wrap);
  [[nodiscard]] pool::WorkerRequest request_of(const Invocation& invocation);
  [[nodiscard]] std::uint64_t asked_generation() const {
    return host_ != nullptr ? host_->generation() : 0;
  }
  [[nodiscard]] bool takes_reload();
  void tell();

  const program::Program& program_;
  const request::InheritedEnvironment& base_;
  const std::unique_ptr<ProgramHost> host_;
  std::uint64_t generation_ = 0;  ///< of its workers
  request::Envp envp_;
  std::vector<std::string_view> arguments_;
  std::unique_ptr<pool::Pool> pool_;
};

}  // namespace kamexec::engine

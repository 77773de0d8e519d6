// SPDX-License-Identifier: GPL-2.0-or-later
// Named programs with via=nats: worker daemons on other hosts run them. One for all such programs
// of a daemon, as they share its link. docs/fleet-protocol.md, "Rules".
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/runner.h"
#include "fleet/subjects.h"
#include "fleet/workers.h"
#include "nats/link.h"

namespace kamexec::fleet {

struct FleetRunnerOptions {
  Subjects subjects;
  std::string zone;  ///< ours; empty: none
  /// What deadlines are compared with, for tests.
  std::function<TimePoint()> clock = [] { return Clock::now(); };
};

/// Of one program, since the start.
struct FleetFigures {
  std::uint64_t calls = 0;
  std::uint64_t second_tries = 0;   ///< sent to another one after a refusal
  std::uint64_t hedged = 0;         ///< sent to another one as the first had not answered
  std::uint64_t hedge_won = 0;      ///< of those, that the second one answered first
  std::uint64_t no_responders = 0;  ///< that nobody offered to take, in our zone or elsewhere
  std::uint64_t lost = 0;           ///< connection lost after they were sent
  std::uint64_t cancelled = 0;
  std::size_t under_way = 0;            ///< now
  std::vector<Workers::Known> workers;  ///< where calls went
};

/// What a script sees is docs/reference/outcomes.md, "A fleet". Nothing waits: run() refuses.
/// The link's handlers are called by its own step() and settle(); completions by step() of this, or
/// by complete(), which is to follow those where has_results(): no descriptor tells of what the
/// link has brought.
class FleetRunner final : public engine::Runner {
 public:
  /// @p link must outlive it.
  [[nodiscard]] static Result<std::unique_ptr<FleetRunner>> create(nats::Link& link,
                                                                   FleetRunnerOptions options);
  ~FleetRunner() override;

  [[nodiscard]] FleetFigures figures_of(std::string_view program) const;

  /// Calls are over, and not completed.
  [[nodiscard]] bool has_results() const;
  /// Completes those.
  void complete();

  [[nodiscard]] engine::Needs needs() const override;
  void run(const engine::Invocation& invocation, process::RunResult& result) override;
  [[nodiscard]] tl::expected<engine::Cancel, process::Outcome> submit(
      const engine::Invocation& invocation, engine::Completion completion) override;
  [[nodiscard]] Result<void> open() override { return {}; }
  [[nodiscard]] int fd() const override;
  void step(TimePoint now) override;
  void start_some() override {}
  [[nodiscard]] bool has_calls() const override;
  [[nodiscard]] engine::RunnerFigures figures() const override;
  void stop_all() override;
  /// Steps the link, too.
  void run_until(TimePoint until) override;

 private:
  struct State;
  explicit FleetRunner(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace kamexec::fleet

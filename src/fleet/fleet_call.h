// SPDX-License-Identifier: GPL-2.0-or-later
// What a FleetRunner knows of its calls. Used by the runner's own files alone.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "fleet/fleet_runner.h"
#include "fleet/outgoing_call.h"
#include "pool/request_id.h"
#include "process/job_table.h"
#include "process/watch_set.h"
#include "program/program_definition.h"

namespace kamexec::fleet {

/// Where a try is sent.
enum class To {
  zone,  ///< one of our zone
  any,   ///< one of all
  one,   ///< that worker daemon
};

/// Worker daemons of a call that turn out to be gone, before the queue group is asked: it has
/// living members alone.
inline constexpr std::size_t kMostGone = 2;

/// How often it is looked whether there is a connection again.
inline constexpr std::chrono::milliseconds kLookAgain{20};

/// A try that isn't over: one worker daemon has it, or will.
struct Try {
  std::uint64_t number = 0;
  nats::RequestId request = 0;
  pool::RequestId id;
  To to = To::any;
  std::string worker;  ///< To::one alone: who of a queue group has it isn't known
  bool may_wait = true;
  bool everything = false;  ///< no part was left out because nobody wants it
  bool hedge = false;       ///< the second one beside another
};

/// Of one program, as long as the runner lives.
struct FleetProgram {
  FleetFigures figures;
  std::size_t under_way = 0;
};

struct FleetCall : process::TableJob {
  std::string program;
  FleetProgram* figures = nullptr;
  program::FleetRule rule;
  std::optional<OutgoingCall> text;
  bool wants_output = false;
  std::size_t output_limit = 0;
  std::size_t error_limit = 0;

  std::vector<Try> open;
  std::vector<std::string> tried;         ///< worker daemons that are not to be asked again
  std::size_t asked = 0;                  ///< tries that have counted
  std::size_t gone = 0;                   ///< worker daemons asked that weren't there any more
  std::chrono::milliseconds patience{0};  ///< 0: no second one gets it
  bool lost = false;                      ///< it is to be sent again when there is a connection
  bool was_lost = false;                  ///< once
  /// How it ends where nothing better comes.
  std::optional<process::RunResult> kept;
};

struct FleetRunner::State {
  State(nats::Link& its_link, FleetRunnerOptions its_options, process::WatchSet its_watches)
      : link(its_link), options(std::move(its_options)), watches(std::move(its_watches)) {}
  ~State();
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  using Call = FleetCall;
  using Failed = tl::expected<void, process::Outcome>;

  // From outside (fleet_calls.cpp).
  [[nodiscard]] tl::expected<engine::Cancel, process::Outcome> submit(
      const engine::Invocation& invocation, engine::Completion completion);
  void cancel(process::JobId id);
  void stop_all();
  void step(TimePoint now);
  void set_alarm();
  void set_alarm_unless_results();
  [[nodiscard]] bool has_results() const;

  // Tries (fleet_tries.cpp).
  [[nodiscard]] Failed begin(Call& call);
  [[nodiscard]] Failed send(Call& call, Try attempt);
  [[nodiscard]] Failed send_next(Call& call, Try after);
  [[nodiscard]] std::string choose(const Call& call,
                                   Workers::Among among = Workers::Among::free) const;
  [[nodiscard]] static TimePoint next_hedge(const Call& call, TimePoint time);
  void hedge(Call& call, TimePoint now);
  void send_lost(TimePoint now);
  void send_when_connected(Call& call, TimePoint when);

  // What comes of them (fleet_answers.cpp).
  void on_answer(process::JobId id, std::uint64_t number, const nats::Incoming& message);
  void on_failure(process::JobId id, std::uint64_t number, const nats::Trouble& trouble);
  void take_answer(Call& call, const Try& of, Answer answer);
  void take_failure(Call& call, Try of, const nats::Trouble& trouble);
  void ask_another(Call& call, Try of);
  void expire(Call& call);

  // Ends (fleet_answers.cpp).
  /// Another try may do better; where there is none, this is how it ends.
  void settle_for(Call& call, process::RunResult result);
  void settle_for(Call& call, process::Outcome outcome);
  /// Nobody waits for what is open any more: its worker daemons are told so.
  void close_open(Call& call) noexcept;
  void finish(Call& call, process::RunResult result) noexcept;

  [[nodiscard]] FleetProgram& program_of(std::string_view name);
  [[nodiscard]] TimePoint now() const { return options.clock(); }

  nats::Link& link;
  const FleetRunnerOptions options;
  process::WatchSet watches;
  process::JobTable<Call> calls;
  Workers workers;
  std::map<std::string, FleetProgram, std::less<>> programs;
  pool::RequestIds ids;
  CallText text;
  std::uint64_t last_try = 0;
  std::vector<process::JobId> lost;  ///< calls that wait for a connection, or have done so
  TimePoint send_lost_at = kNoDeadline;
  bool stopping = false;
};

}  // namespace kamexec::fleet

// SPDX-License-Identifier: GPL-2.0-or-later
// A FleetRunner, worker daemons that do as they are told, and a clock that the test turns.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "fake_link.h"
#include "fleet/answer_message.h"
#include "fleet/call_message.h"
#include "fleet/fleet_runner.h"

namespace kamexec::fleet::test {

/// A call as a worker daemon has got it.
struct Got {
  std::string subject;
  std::string reply;
  std::string id;
  std::uint32_t attempt = 0;
  std::chrono::milliseconds time_left{0};
  std::vector<std::string> arguments;
  std::string uri;
  std::string variables;
  std::string message;
  std::string input;
  std::string may_wait;  ///< the headers
  std::string left_out;
  std::string trace_parent;
};

[[nodiscard]] Answer yes(std::string output = "");
[[nodiscard]] Answer no(int status);
/// It has not run, and may be tried by another one.
[[nodiscard]] Answer refused(std::string why = "all workers are busy");
[[nodiscard]] Answer failed(process::Outcome outcome);

/// A worker daemon, as the protocol describes it: it answers with what `behaviour` gives; nothing:
/// it is silent. Without an ID it is a foreign one that sends no headers and can't be called.
class FakeWorker {
 public:
  using Behaviour = std::function<std::optional<Answer>(const Got&)>;

  FakeWorker(FakeServer& server, std::string id, Behaviour behaviour, std::string zone = "",
             std::string program = "lcr");

  /// Answers a call that it was silent to.
  void answer(const Got& call, Answer answer);
  void send(const Got& call, std::string payload,
            std::vector<std::pair<std::string, std::string>> headers = {});

  Behaviour behaviour;
  std::optional<engine::Needs> wants;  ///< absent: not told
  std::vector<Got> got;
  std::vector<std::string> cancelled;
  std::unique_ptr<FakeLink> link;

 private:
  void take(const nats::Incoming& message);

  const std::string id_;
  const std::string zone_;
};

class RunnerFixture : public testing::Test {
 protected:
  explicit RunnerFixture(std::string zone = "");

  /// How one call has gone.
  struct Call {
    std::optional<process::RunResult> result;
    int completions = 0;
    std::optional<process::Outcome> at_once;  ///< it was not taken
    engine::Cancel cancel;
    [[nodiscard]] process::Cause cause() const { return result->outcome.cause; }
    [[nodiscard]] std::string detail() const {
      return at_once ? at_once->detail : result ? result->outcome.detail : "nothing yet";
    }
  };
  /// Of @p program, which gets @p argument and what is in `request`.
  Call& call(std::string argument = "4930");
  /// Has all that can happen now happen.
  void settle();
  /// Turns the clock, and settles.
  void advance(std::chrono::milliseconds by);

  FakeWorker& worker(std::string id, FakeWorker::Behaviour behaviour, std::string zone = "");

  TimePoint now = TimePoint(std::chrono::hours(1));
  FakeServer server;
  std::unique_ptr<FakeLink> link;
  std::unique_ptr<FleetRunner> runner;
  program::Program program;
  engine::Invocation request;  ///< of the next call
  std::deque<std::unique_ptr<FakeWorker>> workers;
  std::deque<Call> calls;

 private:
  struct Words {
    std::string argument;
    std::vector<char*> argv;
  };
  std::deque<Words> words_;
};

/// A daemon of the zone "north".
class ZoneFixture : public RunnerFixture {
 protected:
  ZoneFixture() : RunnerFixture("north") {}
};

}  // namespace kamexec::fleet::test

// SPDX-License-Identifier: GPL-2.0-or-later
// An Executor with programs that a service runs.
#include <string>
#include <vector>

#include "../service/fake_daemon.h"
#include "engine/executor.h"
#include "fixture.h"

namespace kamexec::engine {
namespace {

using process::Cause;
using service::FakeDaemon;
using service::Peer;
using ::testing::HasSubstr;
using ::testing::Not;

class ExecutorService : public EngineTest {
 protected:
  ExecutorService() : executor_(options()) {}

  ExecutorOptions options() {
    ExecutorOptions made;
    made.service_socket = daemon_.path();
    made.program_hosts = hosts_of(shared_);
    return made;
  }

  FakeDaemon daemon_;
  SharedProgram shared_;
  Executor executor_;
};

TEST_F(ExecutorService, RunsACallOfADefinitionThatSaysNothingButItsName) {
  const Call called = call("name=lcr; via=service", "@lcr 4930 'two words'");
  std::string asked;
  daemon_.play([&] {
    Peer peer = daemon_.greet("program lcr 20000 uri env\n");
    asked = peer.request();
    EXPECT_EQ(shared_.calls_began - shared_.calls_ended, 1);
    peer.say(service::reply_to(asked, "0", "line sip:a@b\n"));
  });
  buffers_.variables.set("SIP_TID", "1");
  Result<Invocation> made = invocation(called);
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(made->deadline, kNoDeadline);
  made->call = "dset";
  made->uri = "sip:x@y";
  made->message = "OPTIONS";
  const process::RunResult result = executor_.run(*made);
  daemon_.join();
  EXPECT_EQ(result.outcome.cause, Cause::ok) << result.outcome.detail;
  EXPECT_EQ(result.output, "sip:a@b\n");
  for (const char* field : {" dset 0\n", "program lcr\n", "arg 4930\narg two words\n",
                            "uri sip:x@y\n", "env SIP_TID=1\n"}) {
    EXPECT_THAT(asked, HasSubstr(field));
  }
  EXPECT_EQ(shared_.calls_ended, 1);
  // What the daemon has told of it counts from now on.
  const Result<Needs> needs = executor_.needs(called.program);
  ASSERT_TRUE(needs);
  EXPECT_TRUE(needs->uri && needs->variables);
  EXPECT_FALSE(needs->message || needs->input);
}

TEST_F(ExecutorService, NeedsAllBeforeTheDaemonHasTold) {
  const Result<Needs> needs = executor_.needs(call("name=lcr; via=service", "@lcr").program);
  ASSERT_TRUE(needs);
  EXPECT_TRUE(needs->uri && needs->variables && needs->message && needs->input);
  EXPECT_TRUE(daemon_.nobody_calls());
}

TEST_F(ExecutorService, EndsByTheDefinitionsTimeOutOrElseByTheDaemons) {
  const Call own = call("name=own; via=service; timeout=60ms", "@own");
  const Call daemons = call("name=daemons; via=service", "@daemons");
  daemon_.play([&] {
    Peer peer = daemon_.greet("program own 20000\nprogram daemons 90\n");
    static_cast<void>(peer.request());
    EXPECT_THAT(peer.line(), HasSubstr("cancel "));
    static_cast<void>(peer.request());
    EXPECT_THAT(peer.line(), HasSubstr("cancel "));
  });
  for (const Call& called : {own, daemons}) {
    const TimePoint before = Clock::now();
    const process::RunResult result = executor_.run(*invocation(called));
    EXPECT_EQ(result.outcome.cause, Cause::deadline) << result.outcome.detail;
    EXPECT_GE(Clock::now() - before, std::chrono::milliseconds(60));
    EXPECT_LT(Clock::now() - before, kGenerous / 2);
  }
}

TEST_F(ExecutorService, SharesOneConnectionAmongAllPrograms) {
  const Call first = call("name=first; via=service", "@first");
  const Call second = call("name=second; via=service", "@second");
  std::vector<process::RunResult> ended;
  const auto keep = [&](process::RunResult result) { ended.push_back(std::move(result)); };
  const Result<Invocation> one = invocation(first);
  ASSERT_TRUE(executor_.submit(*one, keep));
  const Result<Invocation> two = invocation(second);
  auto cancel = executor_.submit(*two, keep);
  ASSERT_TRUE(cancel);
  EXPECT_EQ(shared_.calls_began, 2);
  Peer peer = daemon_.greet();
  const std::string asked = peer.request();
  const std::string other = peer.request();
  (*cancel)();
  work_until(executor_, [&] { return ended.size() == 1; });
  EXPECT_EQ(ended[0].outcome.detail, process::kCancelled);
  EXPECT_EQ(peer.line(), "cancel " + service::id_of(other));
  peer.say(service::reply_to(asked, "0", "line one\n"));
  work_until(executor_, [&] { return ended.size() == 2; });
  EXPECT_EQ(ended[1].output, "one\n");
  EXPECT_EQ(shared_.calls_ended, 2);
  EXPECT_TRUE(daemon_.nobody_calls());
}

TEST_F(ExecutorService, GivesNoOutputThatNobodyWants) {
  const Call called = call("name=lcr; via=service", "@lcr");
  daemon_.play([&] {
    Peer peer = daemon_.greet();
    peer.say(service::reply_to(peer.request(), "0", "line one\n"));
  });
  Result<Invocation> made = invocation(called);
  made->capture_output = false;
  EXPECT_EQ(executor_.run(*made).output, "");
}

TEST_F(ExecutorService, EndsWhatIsUnderWayWithTheServer) {
  const Call called = call("name=lcr; via=service", "@lcr");
  std::vector<process::RunResult> ended;
  const Result<Invocation> made = invocation(called);
  ASSERT_TRUE(executor_.submit(
      *made, [&](process::RunResult result) { ended.push_back(std::move(result)); }));
  executor_.stop_until(after(Clock::now(), kGenerous));
  ASSERT_EQ(ended.size(), 1u);
  EXPECT_EQ(ended[0].outcome.detail, process::kHostStops);
}

TEST_F(ExecutorService, RefusesACallWhereNoServiceIsSet) {
  const Call called = call("name=lcr; via=service", "@lcr");
  Executor without{ExecutorOptions{}};
  EXPECT_FALSE(without.check(called.program));
  EXPECT_FALSE(without.needs(called.program));
  EXPECT_FALSE(without.service());
  const process::RunResult result = without.run(*invocation(called));
  EXPECT_EQ(result.outcome.cause, Cause::refused);
  EXPECT_THAT(result.outcome.detail, HasSubstr("no service is set"));
  EXPECT_TRUE(executor_.check(called.program));
  EXPECT_TRUE(executor_.service());
}

TEST_F(ExecutorService, IsNotStartedWhereNobodyServes) {
  daemon_.remove();
  const process::RunResult result =
      executor_.run(*invocation(call("name=lcr; via=service", "@lcr")));
  EXPECT_EQ(result.outcome.cause, Cause::not_started);
  EXPECT_EQ(shared_.calls_began, shared_.calls_ended);
}

}  // namespace
}  // namespace kamexec::engine

// SPDX-License-Identifier: GPL-2.0-or-later
// Commands, spawned programs and workers, run and submitted.
#include "engine/executor.h"

#include <unistd.h>

#include <cstdlib>
#include <optional>

#include "fixture.h"

namespace kamexec::engine {
namespace {

using ::testing::HasSubstr;

constexpr const char* kWorker = "name=w; via=pool; run=" KAMEXEC_TEST_WORKER " well";

class ExecutorTest : public EngineTest {
 protected:
  ExecutorTest() {
    const char* const server[] = {"PATH=/usr/bin:/bin", "FROM_SERVER=1", "OVERRIDDEN=server",
                                  nullptr};
    options_.environment = request::InheritedEnvironment::everything(server);
  }
  /// Made at first use, so that a test can set options first.
  Executor& executor() {
    if (!executor_) {
      executor_.emplace(options_);
    }
    return *executor_;
  }
  process::RunResult run(const Result<Invocation>& made) {
    EXPECT_TRUE(made) << made.error().message;
    return made ? executor().run(*made) : process::RunResult();
  }
  /// Submits and works until it is over.
  process::RunResult submit(const Result<Invocation>& made) {
    EXPECT_TRUE(made) << made.error().message;
    std::optional<process::RunResult> ended;
    const auto cancel = executor().submit(
        *made, [&ended](process::RunResult result) { ended = std::move(result); });
    EXPECT_TRUE(cancel) << cancel.error().detail;
    if (cancel) {
      work_until(executor(), [&ended] { return ended.has_value(); });
    }
    return ended.value_or(process::RunResult());
  }

  /// As a synchronous call and as an asynchronous one.
  enum class Way { run, submit };
  static constexpr Way kBoth[] = {Way::run, Way::submit};
  process::RunResult by(Way way, const Result<Invocation>& made) {
    return way == Way::run ? run(made) : submit(made);
  }

  ExecutorOptions options_;
  SharedProgram shared_;

 private:
  std::optional<Executor> executor_;
};

TEST_F(ExecutorTest, RunsAndSubmitsACommandAlike) {
  const command::PreparedCommand text =
      command("cat; echo % $FROM_SERVER $OVERRIDDEN; echo x >&2; exit 3");
  for (const Way way : kBoth) {
    buffers_.variables.clear();
    buffers_.variables.set("OVERRIDDEN", "request");
    auto made = invocation(text, nullptr, {"v w"});
    ASSERT_TRUE(made);
    made->input = "in ";
    const process::RunResult result = by(way, made);
    EXPECT_EQ(result.outcome.cause, process::Cause::nonzero_exit) << result.outcome.detail;
    EXPECT_EQ(result.outcome.exit_status, 3);
    EXPECT_EQ(result.output, "in v w 1 request\n");
    EXPECT_EQ(result.error, "x\n");
  }
}

TEST_F(ExecutorTest, RunsAndSubmitsASpawnedProgramAlike) {
  ::setenv("OVERRIDDEN", "server", 1);
  const Call called = call(
      "name=p; run=/bin/sh -c 'echo $1 $OVERRIDDEN $SET; pwd' sh; directory=/usr; "
      "environment=OVERRIDDEN PATH SET=definition",
      "@p value");
  for (const Way way : kBoth) {
    buffers_.variables.clear();
    EXPECT_EQ(by(way, invocation(called)).output, "value server definition\n/usr\n");
    buffers_.variables.set("SET", "request");
    EXPECT_EQ(by(way, invocation(called)).output, "value server request\n/usr\n");
  }
  ::unsetenv("OVERRIDDEN");
}

TEST_F(ExecutorTest, RunsAndSubmitsToAWorkerAlike) {
  const Call called = call(kWorker, "@w echo 'a b' c");
  for (const Way way : kBoth) {
    const process::RunResult result = by(way, invocation(called));
    EXPECT_EQ(result.outcome.cause, process::Cause::ok) << result.outcome.detail;
    EXPECT_EQ(result.output, "echo\na b\nc\n");
  }
}

TEST_F(ExecutorTest, AWorkerGetsWhatItAsksFor) {
  const Call called = call("name=w; via=pool; environment=none; run=" KAMEXEC_TEST_WORKER
                           " wants 'uri env message'",
                           "@w fields");
  EXPECT_TRUE(executor().needs(called.program)->variables) << "not known before its hello";
  buffers_.variables.set("SIP_USER", "bob");
  auto made = invocation(called);
  ASSERT_TRUE(made);
  made->uri = "sip:bob@h";
  made->message = "the message";
  made->input = "not for a worker";
  const process::RunResult result = run(made);
  EXPECT_EQ(result.outcome.cause, process::Cause::ok) << result.outcome.detail;
  EXPECT_THAT(result.output, HasSubstr("sip:bob@h"));
  EXPECT_THAT(result.output, HasSubstr("SIP_USER=bob"));
  EXPECT_THAT(result.output, HasSubstr("the message"));
  EXPECT_THAT(result.output, Not(HasSubstr("not for a worker")));
}

TEST_F(ExecutorTest, AProgramThatMovedIsFoundByBoth) {
  const TemporaryDirectory first;
  const TemporaryDirectory second;
  search_path_ = first.path() + ":" + second.path();
  const std::string before = first.write_script("moves", "echo found\n");
  const command::PreparedCommand moves = command("moves", search_path_);
  ASSERT_EQ(::rename(before.c_str(), (second.path() + "/moves").c_str()), 0);
  EXPECT_EQ(run(invocation(moves)).output, "found\n");
  EXPECT_EQ(submit(invocation(moves)).output, "found\n");
}

TEST_F(ExecutorTest, KeepsTheDeadline) {
  limits_.timeout = std::chrono::milliseconds(30);
  const command::PreparedCommand sleeps = command("/bin/sleep 60");
  EXPECT_EQ(run(invocation(sleeps)).outcome.cause, process::Cause::deadline);
  EXPECT_EQ(submit(invocation(sleeps)).outcome.cause, process::Cause::deadline);
  const Call called = call(std::string(kWorker) + "; timeout=300ms", "@w silent");
  EXPECT_EQ(run(invocation(called)).outcome.cause, process::Cause::deadline);
  EXPECT_EQ(submit(invocation(called)).outcome.cause, process::Cause::deadline);
}

TEST_F(ExecutorTest, CancelsWhatWasSubmitted) {
  for (const Call& called : {Call{nullptr, command("/bin/sleep 60")},
                             call("name=s; run=/bin/sleep; timeout=1m", "@s 60"),
                             call(std::string(kWorker) + "; timeout=1m", "@w silent")}) {
    std::optional<process::RunResult> ended;
    const auto made = invocation(called);
    ASSERT_TRUE(made);
    const auto cancel = executor().submit(
        *made, [&ended](process::RunResult result) { ended = std::move(result); });
    ASSERT_TRUE(cancel) << cancel.error().detail;
    EXPECT_TRUE(executor().step());
    (*cancel)();
    work_until(executor(), [&ended] { return ended.has_value(); });
    EXPECT_EQ(ended->outcome.cause, process::Cause::deadline);
    EXPECT_EQ(ended->outcome.detail, "cancelled");
    (*cancel)();  // over: nothing
  }
}

TEST_F(ExecutorTest, UnattendedCommandsHaveSlotsOfTheirOwn) {
  process::SupervisorLimits one;
  one.most_running = 1;
  one.most_queued = 0;
  ASSERT_TRUE(executor().open_queues({one, one}));
  const command::PreparedCommand sleeps = command("/bin/sleep 60");
  int ended = 0;
  const auto submitted = [&](bool unattended) {
    auto made = invocation(sleeps);
    made->unattended = unattended;
    const auto taken = executor().submit(*made, [&ended](const process::RunResult&) { ++ended; });
    return taken ? "taken" : taken.error().detail;
  };
  EXPECT_EQ(submitted(false), "taken");
  EXPECT_EQ(submitted(true), "taken");
  EXPECT_THAT(submitted(false), HasSubstr("queue is full"));
  EXPECT_THAT(submitted(true), HasSubstr("queue is full"));
  executor().stop_until(after(Clock::now(), kGenerous));
  EXPECT_EQ(ended, 2);
  EXPECT_THAT(submitted(false), HasSubstr("stopping"));
}

TEST_F(ExecutorTest, ASpawnedProgramTakesTheHostsSlots) {
  options_.program_hosts = hosts_of(shared_);
  const Call called = call("name=s; run=/bin/sh -c 'exit 0'; max=1; queue=0", "@s");
  EXPECT_EQ(run(invocation(called)).outcome.cause, process::Cause::ok);
  EXPECT_EQ(shared_.running, 0U) << "given back";
  shared_.running = 1;  // another process has it
  process::RunResult result = run(invocation(called));
  EXPECT_EQ(result.outcome.cause, process::Cause::refused);
  EXPECT_THAT(result.outcome.detail, HasSubstr("1 of s are running, and 0 wait"));
  const auto refused = executor().submit(*invocation(called), [](const process::RunResult&) {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().cause, process::Cause::refused);
  EXPECT_EQ(shared_.running, 1U);
  EXPECT_EQ(shared_.waiting, 0U);
  EXPECT_EQ(shared_.hosts, 1);
}

TEST_F(ExecutorTest, WaitsForASlotUntilItsDeadlineOrThePatienceOfTheQueue) {
  options_.program_hosts = hosts_of(shared_);
  shared_.running = 1;
  shared_.queue = 1;
  const Call hurried = call("name=s; run=/bin/true; timeout=20ms", "@s");
  process::RunResult result = run(invocation(hurried));
  EXPECT_EQ(result.outcome.cause, process::Cause::deadline);
  EXPECT_GE(result.outcome.duration, std::chrono::milliseconds(19));
  const Call impatient = call("name=q; run=/bin/true; timeout=1m; queue_time=20ms", "@q");
  result = run(invocation(impatient));
  EXPECT_EQ(result.outcome.cause, process::Cause::refused);
  EXPECT_EQ(result.outcome.detail, "waited in the queue for 20 ms");
  EXPECT_EQ(shared_.waiting, 0U) << "left";
}

TEST_F(ExecutorTest, TellsTheHostOfItsPool) {
  options_.program_hosts = hosts_of(shared_);
  const Call called = call(kWorker, "@w pid");
  ASSERT_TRUE(executor().make_ready(*called.program));
  EXPECT_EQ(shared_.gauges.starting, 1U) << "ahead of the first call";
  const std::string first = run(invocation(called)).output;
  EXPECT_EQ(shared_.calls_began, 1);
  EXPECT_EQ(shared_.calls_ended, 1);
  EXPECT_EQ(shared_.gauges.idle, 1U);
  EXPECT_EQ(shared_.counters.started, 1U);
  EXPECT_EQ(run(invocation(called)).output, first);
  ++shared_.generation;  // exec.reload
  EXPECT_NE(run(invocation(called)).output, first);
  const std::string second = run(invocation(called)).output;
  ++shared_.generation;
  ASSERT_TRUE(executor().open());
  work_until(executor(), [&] {
    return shared_.counters.started == 3 && shared_.gauges.starting + shared_.gauges.leaving == 0;
  });
  EXPECT_NE(run(invocation(called)).output, second);
}

TEST_F(ExecutorTest, SaysWhyAProgramCantBeUsedHere) {
  // Root can't be kept to a number of processes, and nobody else may become root.
  const Call called = call(
      ::geteuid() == 0 ? "name=b; run=/bin/true; processes=5" : "name=b; run=/bin/true; user=0",
      "@b");
  const process::RunResult result = run(invocation(called));
  EXPECT_EQ(result.outcome.cause, process::Cause::refused);
  EXPECT_THAT(result.outcome.detail, HasSubstr("program b: "));
  EXPECT_FALSE(executor().check(called.program));
  EXPECT_FALSE(executor().needs(called.program));
  EXPECT_FALSE(executor().make_ready(*called.program));
  const auto taken = executor().submit(*invocation(called), [](const process::RunResult&) {});
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().cause, process::Cause::refused);
  EXPECT_TRUE(executor().check(nullptr)) << "commands run as the host does";
}

}  // namespace
}  // namespace kamexec::engine

// SPDX-License-Identifier: GPL-2.0-or-later
// An Executor in a loop: who is stepped, what a program leaves behind, what is shown of it.
#include <poll.h>

#include <cerrno>
#include <csignal>
#include <map>
#include <string>
#include <vector>

#include "engine/executor.h"
#include "fixture.h"
#include "support/allocations.h"

namespace kamexec::engine {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

std::string worker(const std::string& name) {
  return "name=" + name +
         "; via=pool; workers_start=0; workers_idle=0; timeout=1m; run=" KAMEXEC_TEST_WORKER
         " well";
}

bool is_readable(int fd) {
  pollfd entry{fd, POLLIN, 0};
  return ::poll(&entry, 1, 0) == 1;
}

bool is_gone(const std::string& pid) {
  return ::kill(static_cast<pid_t>(std::stol(pid)), 0) < 0 && errno == ESRCH;
}

/// Until nothing is to be done any more, for the moment.
void settle(Executor& executor) {
  while (is_readable(executor.fd())) {
    EXPECT_TRUE(executor.step());
    EXPECT_TRUE(executor.start_some());
  }
}

class ExecutorLoop : public EngineTest {
 protected:
  /// Submits a call whose result is put at the end of ended_.
  tl::expected<Cancel, process::Outcome> submit(const Call& called, bool may_wait = true) {
    Result<Invocation> made = invocation(called);
    EXPECT_TRUE(made) << made.error().message;
    made->may_wait = may_wait;
    return executor_.submit(
        *made, [this](process::RunResult result) { ended_.push_back(std::move(result)); });
  }
  /// The output of one that is waited for.
  std::string answer(const Call& called) {
    const std::size_t before = ended_.size();
    EXPECT_TRUE(submit(called));
    work_until(executor_, [&] { return ended_.size() > before; });
    return ended_.size() > before ? ended_.back().output : std::string();
  }

  std::vector<process::RunResult> ended_;
  Executor executor_{{}};
};

TEST_F(ExecutorLoop, HasNoDescriptorUntilItIsOpened) {
  EXPECT_EQ(executor_.run(*invocation(command("/bin/true"))).outcome.cause, process::Cause::ok);
  EXPECT_EQ(executor_.fd(), -1) << "run() waits by itself";
  EXPECT_TRUE(executor_.step());
  EXPECT_TRUE(executor_.start_some());
  ASSERT_TRUE(executor_.open());
  const int fd = executor_.fd();
  EXPECT_GE(fd, 0);
  EXPECT_EQ(answer({nullptr, command("echo x")}), "x\n");
  EXPECT_EQ(executor_.fd(), fd);
  settle(executor_);
  EXPECT_FALSE(is_readable(fd)) << "nothing runs";
}

TEST_F(ExecutorLoop, APoolThatWasMadeBeforeItWasOpenedIsLookedAt) {
  const Call called = call(worker("a"), "@a pid");
  const std::string pid = executor_.run(*invocation(called)).output;
  ASSERT_TRUE(executor_.open());
  EXPECT_EQ(answer(called), pid);
}

TEST_F(ExecutorLoop, StepsOnlyWhatHasSomethingToDo) {
  std::map<std::string, SharedProgram> shared;
  ExecutorOptions options;
  options.program_hosts = [&shared](const program::Program& program) {
    return hosts_of(shared[program.definition.name])(program);
  };
  Executor executor(options);
  const Call busy = call(worker("busy"), "@busy pid");
  const Call idle = call(worker("idle"), "@idle pid");
  int answers = 0;
  const auto ask = [&](const Call& called) {
    const int before = answers;
    ASSERT_TRUE(
        executor.submit(*invocation(called), [&answers](const process::RunResult&) { ++answers; }));
    work_until(executor, [&] { return answers > before; });
  };
  ask(idle);
  ask(busy);
  settle(executor);
  const int told = shared["idle"].told;
  const int told_of_busy = shared["busy"].told;
  for (int i = 0; i < 10; ++i) {
    ask(busy);
  }
  EXPECT_EQ(shared["idle"].told, told);
  EXPECT_GT(shared["busy"].told, told_of_busy);
  ++shared["idle"].generation;  // what another process asks for is seen all the same
  EXPECT_TRUE(executor.step());
  EXPECT_GT(shared["idle"].told, told);
  EXPECT_EQ(shared["idle"].counters.reloads, 1U);
}

TEST_F(ExecutorLoop, AStepWithNothingToDoAllocatesNothing) {
  for (int i = 0; i < 8; ++i) {
    const std::string name = "w" + std::to_string(i);
    EXPECT_FALSE(answer(call(worker(name), "@" + name + " pid")).empty());
  }
  settle(executor_);
  const std::size_t before = test::allocations().ever;
  for (int i = 0; i < 100; ++i) {
    EXPECT_TRUE(executor_.step());
    EXPECT_TRUE(executor_.start_some());
  }
  EXPECT_EQ(test::allocations().ever, before);
}

TEST_F(ExecutorLoop, MorePoolsThanAStepSeesAreAllServed) {
  std::vector<Call> calls;
  constexpr int kMany = 80;
  for (int i = 0; i < kMany; ++i) {
    const std::string name = "w" + std::to_string(i);
    calls.push_back(call(worker(name), "@" + name + " echo " + name));
    ASSERT_TRUE(submit(calls.back()));
  }
  work_until(executor_, [&] { return ended_.size() == kMany; });
  for (const process::RunResult& result : ended_) {
    EXPECT_EQ(result.outcome.cause, process::Cause::ok) << result.outcome.detail;
  }
}

TEST_F(ExecutorLoop, WaitingCommandsAreStartedOneAfterTheOther) {
  process::SupervisorLimits two;
  two.most_running = 2;
  ASSERT_TRUE(executor_.open_queues({two, two}));
  const command::PreparedCommand echo = command("echo x");
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(submit({nullptr, echo}));
  }
  work_until(executor_, [&] { return ended_.size() == 10; });
}

TEST_F(ExecutorLoop, WhatMayNotWaitIsRefusedByAFullProgram) {
  for (const std::string& definition :
       {std::string("name=full; max=1; run=/bin/sleep 60"),
        std::string("name=full2; via=pool; workers=1; timeout=1m; run=" KAMEXEC_TEST_WORKER
                    " well")}) {
    const bool pool = definition.find("via=pool") != std::string::npos;
    const Call called = call(definition, pool ? "@full2 wait 60000" : "@full");
    const auto first = submit(called, false);
    ASSERT_TRUE(first) << first.error().detail;
    const auto refused = submit(called, false);
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().detail, HasSubstr("it may not wait"));
    EXPECT_TRUE(process::may_run_elsewhere(refused.error()));
    EXPECT_TRUE(submit(called)) << "others may";
  }
  executor_.stop_until(after(Clock::now(), kGenerous));
  EXPECT_THAT(ended_, SizeIs(4));
}

TEST_F(ExecutorLoop, ARetiredPoolAnswersWhatItHasThenItsWorkersGo) {
  const Call asks = call(worker("w") + "; workers=1", "@w pid");
  const std::string pid = answer(asks);
  const Call waits = call(*asks.program, "@w wait 200");
  ASSERT_TRUE(submit(waits));  // a worker has it
  ASSERT_TRUE(submit(asks));   // waits for that worker
  bool gone = false;
  executor_.retire(*asks.program, [&gone] { gone = true; });
  EXPECT_FALSE(gone);
  EXPECT_EQ(executor_.figures(*asks.program).running, 0U) << "a new one from now on";
  work_until(executor_, [&gone] { return gone; });
  ASSERT_THAT(ended_, SizeIs(3));
  EXPECT_EQ(ended_[1].outcome.cause, process::Cause::ok) << ended_[1].outcome.detail;
  EXPECT_EQ(ended_[2].output, pid);
  EXPECT_TRUE(is_gone(pid));
}

TEST_F(ExecutorLoop, AnIdlePoolIsRetiredWithoutAnotherCall) {
  const Call asks = call(worker("w"), "@w pid");
  const std::string pid = answer(asks);
  settle(executor_);
  bool gone = false;
  executor_.retire(*asks.program, [&gone] { gone = true; });
  EXPECT_TRUE(is_readable(executor_.fd())) << "the loop must look";
  work_until(executor_, [&gone] { return gone; });
  EXPECT_TRUE(is_gone(pid));
  settle(executor_);
  EXPECT_FALSE(is_readable(executor_.fd()));
}

TEST_F(ExecutorLoop, TheSameProgramMayBeUsedAnewWhileItsOldWorkersGo) {
  const Call asks = call(worker("w"), "@w pid");
  const std::string old = answer(asks);
  ASSERT_TRUE(submit(call(*asks.program, "@w wait 100")));
  bool gone = false;
  executor_.retire(*asks.program, [&gone] { gone = true; });
  const std::string fresh = answer(asks);
  EXPECT_NE(fresh, old);
  work_until(executor_, [&gone] { return gone; });
  EXPECT_TRUE(is_gone(old));
  EXPECT_EQ(answer(asks), fresh) << "this one stays";
}

TEST_F(ExecutorLoop, ARetiredSpawnedProgramStartsWhatWaits) {
  const Call called =
      call("name=s; run=/bin/sh -c 'sleep 0.1; echo $1' sh; max=1; queue=5", "@s value");
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(submit(called));
  }
  EXPECT_EQ(executor_.figures(*called.program).running, 1U);
  EXPECT_EQ(executor_.figures(*called.program).queued, 2U);
  std::size_t ended_before = 0;
  bool gone = false;
  executor_.retire(*called.program, [&] {
    ended_before = ended_.size();
    gone = true;
  });
  work_until(executor_, [&gone] { return gone; });
  EXPECT_EQ(ended_before, 3U) << "not before the last completion";
  for (const process::RunResult& result : ended_) {
    EXPECT_EQ(result.output, "value\n") << result.outcome.detail;
  }
}

TEST_F(ExecutorLoop, ARetiredProgramsCallsCanBeCancelled) {
  const Call called = call("name=s; run=/bin/sleep; timeout=1m", "@s 60");
  const auto cancel = submit(called);
  ASSERT_TRUE(cancel);
  bool gone = false;
  executor_.retire(*called.program, [&gone] { gone = true; });
  EXPECT_TRUE(executor_.step());
  (*cancel)();
  work_until(executor_, [&gone] { return gone; });
  ASSERT_THAT(ended_, SizeIs(1));
  EXPECT_EQ(ended_[0].outcome.detail, "cancelled");
}

TEST_F(ExecutorLoop, WhatIsNotHereIsRetiredAtOnce) {
  const Call called = call(worker("w"), "@w pid");
  bool gone = false;
  executor_.retire(*called.program, [&gone] { gone = true; });
  EXPECT_TRUE(gone);
  EXPECT_TRUE(executor_.check(called.program));  // known here, and nothing runs
  gone = false;
  executor_.retire(*called.program, [&gone] { gone = true; });
  EXPECT_TRUE(gone);
}

TEST_F(ExecutorLoop, ACompletionMayRetireItsProgramAndOthers) {
  const Call one = call(worker("one"), "@one pid");
  const Call two = call(worker("two"), "@two pid");
  EXPECT_FALSE(answer(two).empty());
  int gone = 0;
  ASSERT_TRUE(executor_.submit(*invocation(one), [&](const process::RunResult&) {
    executor_.retire(*one.program, [&] {
      ++gone;
      executor_.retire(*two.program, [&gone] { ++gone; });
    });
  }));
  work_until(executor_, [&gone] { return gone == 2; });
}

TEST_F(ExecutorLoop, AStopTellsThoseThatAreRetired) {
  const Call called = call(worker("w"), "@w silent");
  ASSERT_TRUE(submit(called));
  bool gone = false;
  executor_.retire(*called.program, [&gone] { gone = true; });
  executor_.stop_until(after(Clock::now(), kGenerous));
  EXPECT_TRUE(gone);
  ASSERT_THAT(ended_, SizeIs(1));
  EXPECT_THAT(ended_[0].outcome.detail, HasSubstr("stopping"));
}

TEST_F(ExecutorLoop, ShowsWhatIsUnderWay) {
  const Call asks = call(worker("w") + "; workers=1", "@w pid");
  EXPECT_THAT(executor_.figures(*asks.program).each, SizeIs(0)) << "nothing was asked yet";
  const std::string pid = answer(asks);
  settle(executor_);
  RunnerFigures figures = executor_.figures(*asks.program);
  EXPECT_EQ(figures.running, 0U);
  EXPECT_EQ(figures.workers.idle, 1U);
  EXPECT_EQ(figures.counters.ok, 1U);
  ASSERT_THAT(figures.each, SizeIs(1));
  EXPECT_EQ(std::to_string(figures.each[0].pid) + "\n", pid);
  EXPECT_EQ(figures.each[0].served, 1U);

  const auto cancel = submit(call(*asks.program, "@w silent"));
  ASSERT_TRUE(cancel);
  ASSERT_TRUE(submit(asks));
  figures = executor_.figures(*asks.program);
  EXPECT_EQ(figures.running, 1U);
  EXPECT_EQ(figures.queued, 1U);
  (*cancel)();
  work_until(executor_, [&] { return ended_.size() == 3; });
  EXPECT_EQ(ended_[2].outcome.cause, process::Cause::ok) << "by the next worker";
}

}  // namespace
}  // namespace kamexec::engine

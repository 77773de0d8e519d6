// SPDX-License-Identifier: GPL-2.0-or-later
#include "process/supervisor.h"

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <map>

#include "fixture.h"

namespace kamexec::process {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

class SupervisorTest : public ProcessTest {
 protected:
  void make(const SupervisorLimits& limits = {}) {
    auto made = Supervisor::create(limits);
    ASSERT_TRUE(made) << made.error().message;
    supervisor_ = std::move(*made);
  }
  void TearDown() override {
    supervisor_.reset();
    ProcessTest::TearDown();
  }

  tl::expected<JobId, Outcome> submit(const std::vector<std::string>& arguments,
                                      const RunOptions& options = capturing(),
                                      bool may_wait = true) {
    std::vector<std::string> words{child_program()};
    words.insert(words.end(), arguments.begin(), arguments.end());
    const std::string path = words.front();
    const Arguments argv(std::move(words));
    ProgramStart start;
    start.program = path.c_str();
    start.argv = argv.data();
    start.environment = environment().data();
    return supervisor_->submit(
        start, options,
        [this](JobId id, RunResult result) {
          EXPECT_FALSE(results_.contains(id)) << "told twice";
          results_[id] = std::move(result);
        },
        may_wait);
  }
  bool finish_all() { return supervisor_->run_until(after(Clock::now(), kGenerous)); }
  Outcome& outcome(const tl::expected<JobId, Outcome>& id) { return results_.at(*id).outcome; }

  std::unique_ptr<Supervisor> supervisor_;
  std::map<JobId, RunResult> results_;
};

TEST_F(SupervisorTest, UsesTextsThatItsCallerKeepsWhereTheyAre) {
  make({.most_running = 1});
  const std::string path = child_program();
  Arguments argv({path, "print", "first"});
  std::string input = "unread";
  ProgramStart start;
  start.program = path.c_str();
  start.argv = argv.data();
  start.environment = environment().data();
  RunOptions options = capturing();
  options.input = input;
  std::vector<std::string> printed;
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(supervisor_->submit_views(
        start, options, [&](JobId, const RunResult& result) { printed.push_back(result.output); }));
  }
  EXPECT_EQ(supervisor_->queued(), 1U);
  argv.data()[2][0] = 'F';  // seen by the one that has not started: nothing was copied
  ASSERT_TRUE(finish_all());
  EXPECT_THAT(printed, ::testing::ElementsAre("first", "First"));
}

TEST_F(SupervisorTest, RunsManyAtOnce) {
  make({.most_running = 100, .most_queued = 0});
  std::vector<JobId> ids;
  ids.reserve(100);
  for (int i = 0; i < 100; ++i) {
    ids.push_back(*submit({"print", std::to_string(i)}));
  }
  EXPECT_EQ(supervisor_->running(), 100U);
  EXPECT_THAT(results_, IsEmpty());  // never from submit()
  ASSERT_TRUE(finish_all());
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(results_.at(ids[static_cast<std::size_t>(i)]).output, std::to_string(i));
  }
  EXPECT_EQ(supervisor_->running(), 0U);
}

TEST_F(SupervisorTest, InputAndErrorsTravelToo) {
  make();
  std::string input(300'000, 'i');
  RunOptions options = capturing();
  options.input = input;
  const auto counted = submit({"count-input"}, options);
  input.assign(input.size(), 'x');  // it has its own copy
  input.clear();
  input.shrink_to_fit();
  const auto complained = submit({"print-error-bytes", "5000"});
  ASSERT_TRUE(finish_all());
  EXPECT_EQ(results_.at(*counted).output, "300000\n");
  EXPECT_TRUE(results_.at(*complained).error_truncated);
}

TEST_F(SupervisorTest, MoreThanMayRunWait) {
  make({.most_running = 3, .most_queued = 100});
  ProgramStart start;
  start.program = "/bin/true";
  int ended = 0;
  for (int i = 0; i < 30; ++i) {
    ASSERT_TRUE(supervisor_->submit(start, {}, [&](JobId, const RunResult& result) {
      ended += result.outcome.cause == Cause::ok ? 1 : 0;
      EXPECT_LE(supervisor_->running(), 3U);
    }));
  }
  EXPECT_EQ(supervisor_->running(), 3U);
  EXPECT_EQ(supervisor_->queued(), 27U);
  ASSERT_TRUE(finish_all());
  EXPECT_EQ(ended, 30);
}

TEST_F(SupervisorTest, WhatWaitsRunsInTurn) {
  make({.most_running = 1, .most_queued = 100});
  ProgramStart start;
  start.program = "/bin/true";
  std::vector<JobId> asked;
  std::vector<JobId> ended;
  for (int i = 0; i < 10; ++i) {
    const auto id =
        supervisor_->submit(start, {}, [&](JobId job, const RunResult&) { ended.push_back(job); });
    ASSERT_TRUE(id);
    asked.push_back(*id);
  }
  ASSERT_TRUE(finish_all());
  EXPECT_EQ(ended, asked);
}

TEST_F(SupervisorTest, WhatTheQueueCannotHoldIsRefusedAtOnce) {
  make({.most_running = 1, .most_queued = 2});
  EXPECT_TRUE(submit({"sleep"}, ending_after(milliseconds(200))));
  EXPECT_TRUE(submit({"exit", "0"}));
  EXPECT_TRUE(submit({"exit", "0"}));
  const auto refused = submit({"exit", "0"});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().cause, Cause::refused);
  EXPECT_EQ(refused.error().detail, "the queue is full: 1 commands run and 2 wait");
  EXPECT_TRUE(may_run_elsewhere(refused.error()));
  ASSERT_TRUE(finish_all());
  EXPECT_EQ(results_.size(), 3U);
}

TEST_F(SupervisorTest, WhatMayNotWaitTakesAFreeSlotOrIsRefused) {
  make({.most_running = 2, .most_queued = 10});
  const auto first = submit({"sleep"}, capturing(), false);
  const auto second = submit({"sleep"}, capturing(), false);
  EXPECT_TRUE(first);
  EXPECT_TRUE(second);
  const auto refused = submit({"exit", "0"}, capturing(), false);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().detail, "it may not wait: 2 commands run and 0 wait");
  EXPECT_EQ(refused.error().system_errno, EAGAIN);
  EXPECT_TRUE(may_run_elsewhere(refused.error()));
  const auto waits = submit({"exit", "0"});
  EXPECT_TRUE(waits) << "the queue has room for others";
  EXPECT_EQ(supervisor_->queued(), 1U);
  EXPECT_TRUE(supervisor_->cancel(*first));
  EXPECT_TRUE(supervisor_->cancel(*second));
  ASSERT_TRUE(finish_all());
  EXPECT_EQ(outcome(waits).cause, Cause::ok);
  EXPECT_TRUE(submit({"exit", "0"}, capturing(), false)) << "there is room again";
  ASSERT_TRUE(finish_all());
}

TEST_F(SupervisorTest, QueueTimeIsLimited) {
  make({.most_running = 1, .most_queued = 10, .queue_time = milliseconds(50)});
  const auto first = submit({"sleep"}, ending_after(milliseconds(1000)));
  const auto second = submit({"exit", "0"});
  ASSERT_TRUE(finish_all());
  EXPECT_EQ(outcome(first).cause, Cause::deadline);
  EXPECT_EQ(outcome(second).cause, Cause::refused);
  EXPECT_EQ(outcome(second).detail, "waited in the queue for 50 ms");
  EXPECT_EQ(outcome(second).pid, 0);
}

TEST_F(SupervisorTest, DeadlineCountsInTheQueueToo) {
  make({.most_running = 1, .most_queued = 10});
  (void)submit({"sleep"}, ending_after(milliseconds(1000)));
  const auto second = submit({"exit", "0"}, ending_after(milliseconds(50)));
  ASSERT_TRUE(finish_all());
  EXPECT_EQ(outcome(second).cause, Cause::deadline);
  EXPECT_EQ(outcome(second).detail, "its deadline passed in the queue");
}

TEST_F(SupervisorTest, DeadlinesOfManyHoldOverTheirTrees) {
  make({.most_running = 40});
  for (int i = 0; i < 10; ++i) {
    for (const char* what : {"sleep", "ignore-term", "new-session-stubborn", "daemon-stubborn"}) {
      ASSERT_TRUE(submit({what}, ending_after(milliseconds(1000))));
    }
  }
  ASSERT_TRUE(finish_all());
  EXPECT_EQ(results_.size(), 40U);
  for (const auto& [id, result] : results_) {
    EXPECT_EQ(result.outcome.cause, Cause::deadline);
    for (const pid_t pid : printed_pids(result.output)) {
      EXPECT_FALSE(is_alive(pid));
    }
  }
  EXPECT_THAT(tagged_processes(), IsEmpty());
}

TEST_F(SupervisorTest, OneDeadlineIsNotAnothers) {
  make();
  const auto early = submit({"children", "2"}, ending_after(milliseconds(200)));
  const auto late = submit({"children", "2"}, ending_after(milliseconds(60'000)));
  const TimePoint end = after(Clock::now(), kGenerous);
  while (results_.empty() && Clock::now() < end) {
    supervisor_->step(end);
  }
  EXPECT_EQ(outcome(early).cause, Cause::deadline);
  EXPECT_EQ(supervisor_->running(), 1U);
  EXPECT_TRUE(eventually([this] { return tagged_processes().size() == 3; }));
  EXPECT_TRUE(supervisor_->cancel(*late));
  ASSERT_TRUE(finish_all());
}

TEST_F(SupervisorTest, CancelEndsWhatRunsAndWhatWaits) {
  make({.most_running = 1, .most_queued = 10});
  const auto runs = submit({"daemon-stubborn"}, ending_after(milliseconds(0)));
  const auto waits = submit({"exit", "0"}, ending_after(milliseconds(0)));
  EXPECT_TRUE(supervisor_->cancel(*runs));
  EXPECT_TRUE(supervisor_->cancel(*waits));
  EXPECT_FALSE(supervisor_->cancel(*waits));
  EXPECT_FALSE(supervisor_->cancel(12345));
  EXPECT_THAT(results_, IsEmpty());  // never from cancel()
  ASSERT_TRUE(finish_all());
  EXPECT_FALSE(supervisor_->cancel(*runs));
  for (const auto& id : {runs, waits}) {
    EXPECT_EQ(outcome(id).cause, Cause::deadline);
    EXPECT_EQ(outcome(id).detail, "cancelled");
  }
}

TEST_F(SupervisorTest, StopAllEndsAllAndTakesNoMore) {
  make({.most_running = 5, .most_queued = 10});
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(submit({"ignore-term"}, ending_after(milliseconds(0))));
  }
  supervisor_->stop_all();
  const auto refused = submit({"exit", "0"});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().cause, Cause::refused);
  ASSERT_TRUE(finish_all());
  EXPECT_EQ(results_.size(), 10U);
  for (const auto& [id, result] : results_) {
    EXPECT_EQ(result.outcome.detail, "the server is stopping");
  }
}

TEST_F(SupervisorTest, WhatCannotStartSaysSoInItsCompletion) {
  make();
  ProgramStart start;
  start.program = "/nowhere/program";
  Outcome told;
  ASSERT_TRUE(supervisor_->submit(start, {},
                                  [&](JobId, const RunResult& result) { told = result.outcome; }));
  EXPECT_EQ(told.cause, Cause::refused);  // not told yet
  ASSERT_TRUE(finish_all());
  EXPECT_EQ(told.cause, Cause::not_started);
  EXPECT_THAT(told.detail, HasSubstr("/nowhere/program"));
}

TEST_F(SupervisorTest, CompletionsMaySubmitAndCancel) {
  make({.most_running = 2, .most_queued = 100});
  ProgramStart start;
  start.program = "/bin/true";
  int calls = 0;
  const auto other = submit({"sleep"}, ending_after(milliseconds(0)));
  Supervisor::Completion again = [&](JobId, const RunResult&) {
    if (++calls < 20) {
      EXPECT_TRUE(supervisor_->submit(start, {}, again));
    } else {
      EXPECT_TRUE(supervisor_->cancel(*other));
    }
  };
  ASSERT_TRUE(supervisor_->submit(start, {}, again));
  ASSERT_TRUE(finish_all());
  EXPECT_EQ(calls, 20);
}

TEST_F(SupervisorTest, DescriptorTellsTheHostsLoopWhenToStep) {
  make();
  const auto ready = [&](int wait) {
    pollfd one{supervisor_->fd(), POLLIN, 0};
    return ::poll(&one, 1, wait) == 1;
  };
  const int patience = static_cast<int>(kGenerous.count());
  EXPECT_FALSE(ready(0));
  // Through its deadline, TERM, grace and KILL, stepping only when told to.
  (void)submit({"ignore-term"}, ending_after(milliseconds(100)));
  while (!supervisor_->idle()) {
    ASSERT_TRUE(ready(patience));
    supervisor_->step(Clock::now());
  }
  EXPECT_FALSE(ready(0));
  // What is over at once is told of at once, too.
  ProgramStart start;
  start.program = "/nowhere/program";
  (void)supervisor_->submit(start, {}, nullptr);
  ASSERT_TRUE(ready(patience));
  supervisor_->step(Clock::now());
  EXPECT_TRUE(supervisor_->idle());
  const auto sleeper = submit({"sleep"}, ending_after(milliseconds(0)));
  EXPECT_TRUE(supervisor_->cancel(*sleeper));
  ASSERT_TRUE(ready(patience));
  ASSERT_TRUE(finish_all());
  EXPECT_FALSE(ready(0));
}

TEST_F(SupervisorTest, CopiesOfItsDescriptorsInAForkedChildKeepNothingReady) {
  make();
  (void)submit({"sleep"}, ending_after(milliseconds(200)));
  const pid_t holder = ::fork();
  if (holder == 0) {
    ::alarm(60);
    for (;;) {
      ::pause();
    }
  }
  ASSERT_TRUE(finish_all());
  pollfd one{supervisor_->fd(), POLLIN, 0};
  EXPECT_EQ(::poll(&one, 1, 0), 0);
  ::kill(holder, SIGKILL);
  ::waitpid(holder, nullptr, 0);
}

TEST_F(SupervisorTest, StepDoesNotWaitLongerThanTold) {
  make();
  const auto sleeper = submit({"sleep"}, ending_after(milliseconds(0)));
  const TimePoint before = Clock::now();
  supervisor_->step(after(before, milliseconds(50)));
  supervisor_->step(before);
  EXPECT_LT(Clock::now() - before, milliseconds(5000));
  EXPECT_FALSE(supervisor_->run_until(after(Clock::now(), milliseconds(50))));
  supervisor_->cancel(*sleeper);
  ASSERT_TRUE(finish_all());
}

TEST_F(SupervisorTest, StartsAFewBetweenTwoLooks) {
  make();
  for (int i = 0; i < 9; ++i) {
    (void)submit({"ignore-term"}, ending_after(milliseconds(0)));
  }
  EXPECT_EQ(supervisor_->running(), 9U);
  for (std::size_t started = Supervisor::kStartsAtOnce; started < 9;
       started = std::min<std::size_t>(started + Supervisor::kStartsAtOnce, 9)) {
    EXPECT_TRUE(eventually([&] { return tagged_processes().size() == started; }));
    supervisor_->start_some();  // no more of them before the next look
    EXPECT_EQ(tagged_processes().size(), started);
    supervisor_->step(Clock::now());
  }
  EXPECT_TRUE(eventually([this] { return tagged_processes().size() == 9; }));
  supervisor_->stop_all();
  ASSERT_TRUE(finish_all());
}

TEST_F(SupervisorTest, WhatHasAPlaceAndIsNotStartedCanBeEnded) {
  make({.most_running = 9, .most_queued = 0});
  std::vector<tl::expected<JobId, Outcome>> jobs;
  jobs.reserve(9);
  for (int i = 0; i < 9; ++i) {
    jobs.push_back(submit({"ignore-term"}, ending_after(milliseconds(0))));
  }
  EXPECT_TRUE(supervisor_->cancel(*jobs[8]));
  EXPECT_EQ(supervisor_->running(), 8U);
  EXPECT_TRUE(submit({"exit", "0"}));
  supervisor_->handle_events(Clock::now());
  EXPECT_EQ(outcome(jobs[8]).detail, "cancelled");
  EXPECT_EQ(outcome(jobs[8]).pid, 0);
  supervisor_->stop_all();
  ASSERT_TRUE(finish_all());
  EXPECT_EQ(supervisor_->running(), 0U);
}

TEST_F(SupervisorTest, DestructionKillsWhatRuns) {
  make();
  for (int i = 0; i < 5; ++i) {
    (void)submit({"ignore-term"}, ending_after(milliseconds(0)));
  }
  // A program has its environment a moment after its start.
  EXPECT_TRUE(eventually([this] {
    supervisor_->step(Clock::now());
    return tagged_processes().size() == 5;
  }));
  supervisor_.reset();
  EXPECT_THAT(results_, IsEmpty());
  // The killed are reaped at the next call, whoever makes it.
  EXPECT_TRUE(eventually([this] {
    (void)run_child({"exit", "0"});
    siginfo_t unused;
    return ::waitid(P_ALL, 0, &unused, WEXITED | WNOHANG | WNOWAIT) == -1;
  }));
}

TEST_F(SupervisorTest, InAForkedChildItTouchesNoProgram) {
  make();
  const auto sleeper = submit({"sleep"}, ending_after(milliseconds(0)));
  const pid_t fork = ::fork();
  if (fork == 0) {
    supervisor_.reset();
    ::_exit(0);
  }
  ::waitpid(fork, nullptr, 0);
  EXPECT_TRUE(eventually([this] { return tagged_processes().size() == 1; }));
  supervisor_->step(Clock::now());
  EXPECT_EQ(supervisor_->running(), 1U);
  supervisor_->cancel(*sleeper);
  ASSERT_TRUE(finish_all());
  EXPECT_EQ(outcome(sleeper).signal, SIGTERM);
}

}  // namespace
}  // namespace kamexec::process

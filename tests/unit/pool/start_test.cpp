// SPDX-License-Identifier: GPL-2.0-or-later
// Workers that can't be started, or begin badly; what a pool does when they all fail.
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <thread>

#include <cerrno>

#include "fixture.h"

namespace kamexec::pool {
namespace {

using ::testing::HasSubstr;

struct BadStart {
  std::vector<std::string> way;
  std::string detail;
};

std::string name_of(const ::testing::TestParamInfo<BadStart>& info) {
  std::string name = info.param.way[0];
  std::replace(name.begin(), name.end(), '-', '_');
  return name + std::to_string(info.index);
}

class StartingBadly : public PoolTest, public ::testing::WithParamInterface<BadStart> {};

TEST_P(StartingBadly, IsToldInTheOutcome) {
  PoolOptions options;
  const bool says_nothing = GetParam().detail.find("no hello within") != std::string::npos;
  options.start_timeout = says_nothing ? milliseconds(200) : process::kGenerous;
  options.stop.grace = milliseconds(20);
  make_pool(options, GetParam().way);
  const process::RunResult result = ask({"echo"});
  EXPECT_EQ(result.outcome.cause, process::Cause::not_started) << result.outcome.detail;
  EXPECT_THAT(result.outcome.detail, HasSubstr("no worker could be started: "));
  EXPECT_THAT(result.outcome.detail, HasSubstr(GetParam().detail));
  EXPECT_EQ(pool().counters().start_failures, 2u) << "it was tried once more";
  EXPECT_EQ(pool().counters().failed, 0u);
  if (GetParam().way[0] == "exit") {
    EXPECT_EQ(result.error, "can't find my files\n");
  }
}

INSTANTIATE_TEST_SUITE_P(
    Workers, StartingBadly,
    ::testing::Values(BadStart{{"exit"}, "exited with status 4"},
                      BadStart{{"silent"}, "sent no hello within 200 ms"},
                      BadStart{{"slow", "5000"}, "sent no hello within 200 ms"},
                      BadStart{{"garbage"}, "not a hello but \"Welcome to gateway finder 2.0\""},
                      BadStart{{"version"}, "speaks version 2"},
                      BadStart{{"wants", "body"}, "\"body\", which was not offered"},
                      BadStart{{"close"}, "closed its output"},
                      BadStart{{"flood"}, "too long for a hello"}),
    name_of);

class PoolStart : public PoolTest {
 protected:
  /// A worker that can't start while the file is there.
  std::string obstacle() {
    if (obstacle_.empty()) {
      obstacle_ = ::testing::TempDir() + "kamexec_obstacle_" + std::to_string(::getpid());
    }
    return obstacle_;
  }
  void obstruct() { std::ofstream(obstacle()) << "x"; }
  void TearDown() override {
    if (!obstacle_.empty()) {
      ::unlink(obstacle_.c_str());
    }
    PoolTest::TearDown();
  }

 private:
  std::string obstacle_;
};

TEST_F(PoolStart, TellsThatThereIsNoSuchProgram) {
  make_pool_of({"/nonexistent/worker"});
  const process::RunResult result = ask({"echo"});
  EXPECT_EQ(result.outcome.cause, process::Cause::not_started);
  EXPECT_EQ(result.outcome.system_errno, ENOENT);
  EXPECT_THAT(result.outcome.detail, HasSubstr("/nonexistent/worker: No such file"));
}

TEST_F(PoolStart, NeedsAProgram) {
  EXPECT_FALSE(Pool::create(PoolOptions{}, process::ProgramStart{}));
}

TEST_F(PoolStart, WhatComesAfterAHelloIsAFault) {
  make_pool({}, {"banner"});
  const process::RunResult result = ask({"echo"});
  EXPECT_NE(result.outcome.cause, process::Cause::ok);
  EXPECT_NE(result.outcome.cause, process::Cause::nonzero_exit);
}

TEST_F(PoolStart, AWorkerThatLeavesAfterItsHelloIsNotStartedForEver) {
  PoolOptions options;
  options.back_off_first = milliseconds(60'000);
  options.back_off_most = milliseconds(60'000);
  options.breaker_failures = 5;
  options.breaker_time = milliseconds(60'000);
  make_pool(options, {"hello-and-exit"});
  // It is found gone before a request, which is the back-off's matter, or under it: the breaker's.
  for (int i = 0; i < 50; ++i) {
    EXPECT_NE(ask({"echo"}).outcome.cause, process::Cause::ok);
  }
  EXPECT_LE(pool().counters().started, 5u + 3u);
}

TEST_F(PoolStart, WaitsNoLongerForAStartThanTheCallsDeadline) {
  make_pool({}, {"slow", "1500"});
  const process::RunResult result = ask({"echo"}, milliseconds(50));
  EXPECT_EQ(result.outcome.cause, process::Cause::deadline);
  EXPECT_THAT(result.outcome.detail, HasSubstr("no worker was free within 50 ms"));
  expect_right_answer();
  EXPECT_EQ(pool().counters().started, 1u) << "the worker that was slow to start serves";
}

TEST_F(PoolStart, BacksOffFromACrashLoop) {
  PoolOptions options;
  options.back_off_first = milliseconds(60'000);
  options.back_off_most = milliseconds(60'000);
  make_pool(options, {"exit"});
  EXPECT_EQ(ask({"echo"}).outcome.cause, process::Cause::not_started);
  for (int i = 0; i < 5; ++i) {
    const process::RunResult result = ask({"echo"});
    EXPECT_EQ(result.outcome.cause, process::Cause::refused);
    EXPECT_THAT(result.outcome.detail, HasSubstr("the next start is delayed"));
    EXPECT_THAT(result.outcome.detail, HasSubstr("exited with status 4"));
  }
  EXPECT_EQ(pool().counters().started, 2u);
  EXPECT_EQ(pool().counters().refused_by_back_off, 5u);
}

TEST_F(PoolStart, TriesAgainWhenTheBackOffIsOver) {
  PoolOptions options;
  options.back_off_first = milliseconds(50);
  make_pool(options, {"fails-while", obstacle()});
  obstruct();
  EXPECT_EQ(ask({"echo"}).outcome.cause, process::Cause::not_started);
  ::unlink(obstacle().c_str());
  EXPECT_TRUE(
      process::eventually([&] { return ask({"echo"}).outcome.cause == process::Cause::ok; }));
  expect_right_answer();
}

TEST_F(PoolStart, WorkersThatDieOfEachRequestAreTheBreakersMatter) {
  PoolOptions options;
  options.breaker_failures = 3;
  options.breaker_time = milliseconds(60'000);
  options.back_off_first = milliseconds(60'000);
  make_pool(options);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(ask({"exit", "3"}).outcome.cause, process::Cause::unusable);
  }
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(ask({"exit", "3"}).outcome.cause, process::Cause::refused);
  }
  EXPECT_EQ(pool().counters().refused_by_breaker, 3u);
  EXPECT_LE(pool().counters().started, 4u);
}

TEST_F(PoolStart, RequestsThatCrashAWorkerDoNotKeepOthersWaiting) {
  PoolOptions options;
  options.breaker_failures = 0;
  options.back_off_first = milliseconds(60'000);
  make_pool(options);
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(ask({"exit", "3"}).outcome.cause, process::Cause::unusable);
  }
  expect_right_answer();
}

TEST_F(PoolStart, TheBreakerOpensAndATrialClosesIt) {
  PoolOptions options;
  options.breaker_failures = 3;
  options.breaker_time = milliseconds(1500);
  options.back_off_first = milliseconds(1);
  options.back_off_most = milliseconds(1);
  make_pool(options);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(ask({"error"}).outcome.cause, process::Cause::unusable);
  }
  const process::RunResult refused = ask({"echo"});
  EXPECT_EQ(refused.outcome.cause, process::Cause::refused);
  EXPECT_THAT(refused.outcome.detail, HasSubstr("the breaker is open"));
  EXPECT_EQ(pool().counters().breaker_opened, 1u);
  std::this_thread::sleep_for(options.breaker_time);
  EXPECT_EQ(ask({"error"}).outcome.cause, process::Cause::unusable) << "the trial";
  EXPECT_EQ(ask({"echo"}).outcome.cause, process::Cause::refused);
  std::this_thread::sleep_for(options.breaker_time);
  expect_right_answer();
  expect_right_answer();
}

TEST_F(PoolStart, ANoIsNoFailureToTheBreaker) {
  PoolOptions options;
  options.breaker_failures = 2;
  make_pool(options);
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(ask({"no", "1"}).outcome.cause, process::Cause::nonzero_exit);
  }
}

}  // namespace
}  // namespace kamexec::pool

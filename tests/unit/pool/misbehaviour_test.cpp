// SPDX-License-Identifier: GPL-2.0-or-later
// Workers that do what they should not: the right outcome, within the deadline, and the call after
// it is right.
#include <unistd.h>

#include <algorithm>
#include <csignal>

#include "fixture.h"

namespace kamexec::pool {
namespace {

using ::testing::HasSubstr;

/// For a worker that never answers. The call's own time is measured against a generous bound.
constexpr milliseconds kShortDeadline{150};

struct Misbehaviour {
  std::vector<std::string> request;
  process::Cause cause;
  std::string detail;
  milliseconds timeout = process::kGenerous;
  bool worker_stays = false;
};

std::string name_of(const ::testing::TestParamInfo<Misbehaviour>& info) {
  std::string name = info.param.request[0];
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

class Misbehaving : public PoolTest, public ::testing::WithParamInterface<Misbehaviour> {
 protected:
  static PoolOptions small() {
    PoolOptions options;
    options.output_limit = 100'000;
    return options;
  }
};

TEST_P(Misbehaving, EndsInTheRightOutcomeAndTheNextCallIsRight) {
  make_pool(small());
  const pid_t before = worker_pid();
  const TimePoint begun = Clock::now();
  const process::RunResult result = ask(GetParam().request, GetParam().timeout);
  const auto took = Clock::now() - begun;
  EXPECT_EQ(result.outcome.cause, GetParam().cause) << result.outcome.detail;
  EXPECT_THAT(result.outcome.detail, HasSubstr(GetParam().detail));
  EXPECT_LT(took, process::kGenerous / 2);
  if (GetParam().cause == process::Cause::deadline) {
    EXPECT_GE(took, GetParam().timeout);
    EXPECT_GE(result.outcome.duration, GetParam().timeout);
  }
  if (GetParam().cause != process::Cause::ok) {
    EXPECT_EQ(result.output, "");
  }

  expect_right_answer();
  EXPECT_NE(worker_pid(), before) << "it was never asked again";
  EXPECT_TRUE(process::eventually([&] { return !process::is_alive(before); }));
  EXPECT_EQ(pool().counters().failed, 1u);
  EXPECT_EQ(pool().counters().retried, 0u);
}

INSTANTIATE_TEST_SUITE_P(
    Workers, Misbehaving,
    ::testing::Values(
        Misbehaviour{
            {"silent"}, process::Cause::deadline, "no reply within 150 ms", kShortDeadline},
        Misbehaviour{{"deaf"}, process::Cause::deadline, "no reply within", kShortDeadline},
        Misbehaviour{{"loop"}, process::Cause::deadline, "no reply within", kShortDeadline},
        Misbehaviour{{"late", "1000"}, process::Cause::deadline, "no reply within", kShortDeadline},
        Misbehaviour{{"crawl"}, process::Cause::deadline, "no reply within", kShortDeadline},
        Misbehaviour{{"extra"}, process::Cause::ok, ""},
        Misbehaviour{{"other-id"}, process::Cause::unusable, "answered another request"},
        Misbehaviour{{"last-id"}, process::Cause::unusable, "answered another request"},
        Misbehaviour{{"garbage"}, process::Cause::unusable, "not a reply: \"what?\""},
        Misbehaviour{{"binary"}, process::Cause::unusable, "not a reply: \"%00%FF%0D\""},
        Misbehaviour{{"bad-escape"}, process::Cause::unusable, "two hexadecimal digits"},
        Misbehaviour{{"much", "100000"}, process::Cause::unusable, "limit of 100000 bytes"},
        Misbehaviour{{"endless-line"}, process::Cause::unusable, "longer than its output limit"},
        Misbehaviour{{"endless-lines"}, process::Cause::unusable, "limit of 100000 bytes"},
        Misbehaviour{{"close"}, process::Cause::unusable, "the worker closed its output"},
        Misbehaviour{
            {"fork-and-exit"}, process::Cause::unusable, "the worker exited with status 0"},
        Misbehaviour{{"exit", "3"}, process::Cause::unusable, "the worker exited with status 3"},
        Misbehaviour{{"half"}, process::Cause::unusable, "the worker exited with status 3"},
        Misbehaviour{{"abort"}, process::Cause::unusable, "the worker was ended by signal 9"}),
    name_of);

class MisbehavingLater : public PoolTest {};

TEST_F(MisbehavingLater, AnExtraLineAfterTheReplyReachesNobody) {
  make_pool();
  EXPECT_EQ(ask({"extra-later"}).output, "good\n");
  ::usleep(1'000'000);  // the line comes after 20 ms, or when the machine gets to it
  expect_right_answer();
  EXPECT_EQ(pool().counters().failed, 1u);
}

TEST_F(MisbehavingLater, AnExtraLineUnderTheNextRequestReachesNobodyEither) {
  make_pool();
  EXPECT_EQ(ask({"extra-later"}).output, "good\n");
  const process::RunResult next = ask({"echo", "next"});
  if (next.outcome.cause ==
      process::Cause::ok) {  // a busy machine: it was there before the request was sent
    EXPECT_EQ(next.output, "echo\nnext\n");
  } else {
    EXPECT_EQ(next.outcome.cause, process::Cause::unusable);
  }
  expect_right_answer();
}

TEST_F(MisbehavingLater, ASecondReplyReachesNobody) {
  make_pool();
  EXPECT_EQ(ask({"twice"}).output, "good\n");
  ::usleep(500'000);
  for (int i = 0; i < 10; ++i) {
    expect_right_answer();
  }
  EXPECT_EQ(pool().counters().failed, 1u);
}

TEST_F(MisbehavingLater, AWorkerThatStoppedReadingIsReplaced) {
  make_pool();
  EXPECT_EQ(ask({"close-input"}).output, "good\n");
  expect_right_answer();
  EXPECT_EQ(pool().counters().failed, 1u);
  EXPECT_EQ(pool().counters().retried, 1u) << "its write failed before a byte went";
}

TEST_F(MisbehavingLater, DeathBetweenCallsCostsNoCall) {
  make_pool();
  EXPECT_EQ(pool().last_fault(), "");
  for (int i = 0; i < 5; ++i) {
    const pid_t pid = worker_pid();
    ::kill(pid, SIGKILL);
    EXPECT_TRUE(process::eventually([&] { return !process::is_alive(pid); }));
    expect_right_answer();
  }
  EXPECT_EQ(pool().counters().unusable, 0u);
  EXPECT_EQ(pool().last_fault(), "was ended by signal 9");
}

TEST_F(MisbehavingLater, LeavingBetweenCallsIsNoFault) {
  make_pool();
  for (int i = 0; i < 5; ++i) {
    const pid_t pid = static_cast<pid_t>(std::atol(ask({"last", "0"}).output.c_str()));
    EXPECT_TRUE(process::eventually([&] { return !process::is_alive(pid); }));
  }
  expect_right_answer();
  EXPECT_EQ(pool().counters().failed, 0u);
  EXPECT_EQ(pool().counters().closed, 5u);
}

TEST_F(MisbehavingLater, ItsStandardErrorIsToldWithTheFailure) {
  make_pool();
  EXPECT_EQ(ask({"abort"}).error, "about to crash\n");
}

TEST_F(MisbehavingLater, WhatAWorkerStartedEndsWithIt) {
  make_pool();
  const auto child = static_cast<pid_t>(std::atol(ask({"keep-child"}).output.c_str()));
  EXPECT_TRUE(process::is_alive(child));
  EXPECT_EQ(ask({"silent"}, kShortDeadline).outcome.cause, process::Cause::deadline);
  EXPECT_FALSE(process::is_alive(child));
}

}  // namespace
}  // namespace kamexec::pool

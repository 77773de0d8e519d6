// SPDX-License-Identifier: GPL-2.0-or-later
// Programs that may run twice: asked twice where one is silent, and again when a connection is
// back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runner_fixture.h"

namespace kamexec::fleet::test {
namespace {

using nats::Failure;
using process::Cause;
using process::Outcome;
using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::optional<Answer> silent(const Got&) {
  return std::nullopt;
}
std::optional<Answer> always_yes(const Got&) {
  return yes();
}

/// Of two worker daemons the first, which gets all calls of the queue group, is silent; the second
/// one has answered lately.
class FleetIdempotent : public RunnerFixture {
 protected:
  FleetIdempotent() {
    program.definition.fleet.idempotent = true;
    worker("w1", always_yes);
    worker("w2", always_yes);
    server.choose = [](std::size_t) { return 1; };
    call();
    settle();
    calls.clear();
    second().got.clear();
    server.choose = [](std::size_t) { return 0; };
    first().behaviour = silent;
  }
  FakeWorker& first() { return *workers[0]; }
  FakeWorker& second() { return *workers[1]; }
};

TEST_F(FleetIdempotent, ASilentOneIsHedgedAfterAQuarterOfTheTimeOut) {
  Call& made = call();
  settle();
  advance(milliseconds(499));
  EXPECT_THAT(second().got, IsEmpty());
  EXPECT_EQ(made.completions, 0);
  advance(milliseconds(1));
  ASSERT_EQ(made.completions, 1);
  EXPECT_EQ(made.cause(), Cause::ok);
  ASSERT_EQ(second().got.size(), 1U);
  EXPECT_EQ(second().got[0].subject, "kx.to.w2.lcr");
  EXPECT_EQ(second().got[0].may_wait, "no");
  EXPECT_EQ(second().got[0].time_left, milliseconds(1500));
  EXPECT_NE(second().got[0].id, first().got[0].id);
  EXPECT_THAT(first().cancelled, ElementsAre(first().got[0].id));  // the loser's alone
  EXPECT_EQ(runner->figures_of("lcr").hedged, 1U);
  EXPECT_EQ(runner->figures_of("lcr").hedge_won, 1U);
  EXPECT_EQ(link->requests_under_way(), 0U);
}

TEST_F(FleetIdempotent, TheTimeCanBeChosen) {
  program.definition.fleet.hedge = milliseconds(30);
  Call& made = call();
  settle();
  advance(milliseconds(29));
  EXPECT_EQ(made.completions, 0);
  advance(milliseconds(1));
  EXPECT_EQ(made.cause(), Cause::ok);
}

TEST_F(FleetIdempotent, OthersAreNeverHedged) {
  program.definition.fleet.idempotent = false;
  program.definition.fleet.hedge = milliseconds(30);
  Call& made = call();
  settle();
  advance(milliseconds(1999));
  EXPECT_THAT(second().got, IsEmpty());
  advance(milliseconds(1));
  EXPECT_EQ(made.cause(), Cause::deadline);
  EXPECT_EQ(runner->figures_of("lcr").hedged, 0U);
}

TEST_F(FleetIdempotent, AreHedgedOnceAndNotInTheLastMillisecond) {
  second().behaviour = silent;
  worker("w3", silent);
  program.definition.fleet.hedge = milliseconds(1999);
  call();
  settle();
  advance(milliseconds(1999));
  EXPECT_THAT(second().got, IsEmpty());
  advance(milliseconds(1));
  program.definition.fleet.hedge = milliseconds(1998);
  call();
  settle();
  advance(milliseconds(1998));
  EXPECT_EQ(runner->figures_of("lcr").hedged, 1U);
  advance(milliseconds(1));
  EXPECT_EQ(runner->figures_of("lcr").hedged, 1U);
}

TEST_F(FleetIdempotent, TheFirstOneMayStillWin) {
  second().behaviour = silent;
  Call& made = call();
  settle();
  advance(milliseconds(500));
  ASSERT_EQ(second().got.size(), 1U);
  first().answer(first().got[0], no(4));
  settle();
  EXPECT_EQ(made.result->outcome.exit_status, 4);
  EXPECT_THAT(second().cancelled, ElementsAre(second().got[0].id));
  EXPECT_EQ(runner->figures_of("lcr").hedge_won, 0U);
  second().answer(second().got[0], yes());
  settle();
  EXPECT_EQ(made.completions, 1);
  EXPECT_EQ(link->state().late, 1U);
}

TEST_F(FleetIdempotent, WhatCantBeUsedWaitsForTheOther) {
  second().behaviour = [](const Got&) { return failed(Outcome::unusable("broken")); };
  Call& made = call();
  settle();
  advance(milliseconds(500));
  EXPECT_EQ(made.completions, 0);
  first().answer(first().got[0], yes("late\n"));
  settle();
  EXPECT_EQ(made.result->output, "late\n");
}

TEST_F(FleetIdempotent, OfTwoThatCantBeUsedTheOneThatRanSaysHowItEnds) {
  program.definition.fleet.tries = 1;
  second().behaviour = [](const Got&) { return refused("full"); };
  Call& made = call();
  settle();
  advance(milliseconds(500));
  EXPECT_EQ(made.completions, 0);
  first().answer(first().got[0], failed(Outcome::unusable("broken")));
  settle();
  EXPECT_EQ(made.cause(), Cause::unusable);
  EXPECT_THAT(made.detail(), HasSubstr("worker daemon w1: broken"));
}

TEST_F(FleetIdempotent, ASecondOneThatIsFullIsReplacedWhileTriesAreLeft) {
  FakeWorker& third = worker("w3", always_yes);
  server.choose = [](std::size_t) { return 2; };
  call();
  settle();
  server.choose = [](std::size_t) { return 0; };
  now += milliseconds(1);
  server.choose = [](std::size_t) { return 1; };
  call();
  settle();  // w2 has answered last
  server.choose = [](std::size_t) { return 0; };
  second().behaviour = [](const Got&) { return refused("full"); };
  program.definition.fleet.tries = 2;
  Call& made = call();
  settle();
  advance(milliseconds(500));
  EXPECT_EQ(made.cause(), Cause::ok);
  EXPECT_EQ(third.got.back().subject, "kx.to.w3.lcr");
  EXPECT_EQ(third.got.back().may_wait, "no");  // the last one, too: it is to be fast
}

TEST_F(FleetIdempotent, OneThatIsFullIsAskedAgainWhileTheFirstIsSilent) {
  program.definition.fleet.tries = 1;
  second().behaviour = [](const Got&) { return refused("full"); };
  Call& made = call();
  settle();
  advance(milliseconds(500));
  EXPECT_EQ(second().got.size(), 1U);
  advance(milliseconds(499));
  EXPECT_EQ(second().got.size(), 1U);
  second().behaviour = always_yes;
  advance(milliseconds(1));
  EXPECT_EQ(made.cause(), Cause::ok);
  ASSERT_EQ(second().got.size(), 2U);
  EXPECT_EQ(second().got[1].subject, "kx.to.w2.lcr");
  EXPECT_EQ(runner->figures_of("lcr").hedged, 2U);
}

/// It is the silent one: of a queue group it isn't known who has a call.
TEST_F(FleetIdempotent, AThirdOneIsAskedWhenTheSecondIsSilentToo) {
  FakeWorker& third = worker("w3", always_yes);
  server.choose = [](std::size_t) { return 2; };
  call();
  settle();
  now += milliseconds(1);
  server.choose = [](std::size_t) { return 1; };
  call();
  settle();
  second().behaviour = silent;
  Call& made = call();
  settle();
  advance(milliseconds(500));
  EXPECT_EQ(second().got.back().subject, "kx.to.w2.lcr");
  EXPECT_EQ(made.completions, 0);
  advance(milliseconds(500));
  EXPECT_EQ(made.cause(), Cause::ok);
  EXPECT_EQ(third.got.back().subject, "kx.to.w3.lcr");
  EXPECT_EQ(second().cancelled.size(), 2U);
}

/// And be it that it has refused: the one that hasn't may be the silent one.
TEST_F(FleetIdempotent, TheOneThatWasHeardLastIsTheSecondOne) {
  program.definition.fleet.tries = 1;
  FakeWorker& third = worker("w3", [](const Got&) { return refused("full"); });
  now += milliseconds(1);
  server.choose = [](std::size_t) { return 2; };
  call();
  settle();
  server.choose = [](std::size_t) { return 1; };
  second().behaviour = silent;
  third.behaviour = always_yes;
  Call& made = call();
  settle();
  advance(milliseconds(500));
  EXPECT_EQ(made.cause(), Cause::ok);
  EXPECT_EQ(third.got.back().subject, "kx.to.w3.lcr");
}

TEST_F(FleetIdempotent, WhoHasTheCallDoesNotGetItOnceMore) {
  second().behaviour = silent;
  call();
  settle();
  advance(milliseconds(500));
  ASSERT_EQ(second().got.size(), 1U);
  first().answer(first().got[0], refused());
  settle();
  EXPECT_EQ(second().got.size(), 1U);
  EXPECT_EQ(first().got.size(), 2U);  // nobody else is known
}

TEST_F(FleetIdempotent, WithoutAKnownSecondOneTheQueueGroupIsAsked) {
  now += Workers::kLately + milliseconds(1);
  Call& made = call();
  settle();
  server.choose = [](std::size_t) { return 1; };
  advance(milliseconds(500));
  EXPECT_EQ(made.cause(), Cause::ok);
  ASSERT_EQ(second().got.size(), 1U);
  EXPECT_EQ(second().got[0].subject, "kx.call.lcr");
  EXPECT_EQ(second().got[0].may_wait, "no");
}

/// The only one of a zone is silent, and nobody else is known.
TEST_F(ZoneFixture, ASilentOneIsHedgedBeyondItsZone) {
  program.definition.fleet.idempotent = true;
  FakeWorker& near = worker("w1", always_yes, "north");
  call();
  settle();
  now += milliseconds(1);
  near.behaviour = silent;
  FakeWorker& far = worker("w2", always_yes, "south");
  server.choose = [](std::size_t) { return 1; };
  Call& made = call();
  settle();
  advance(milliseconds(500));
  EXPECT_EQ(made.cause(), Cause::ok);
  ASSERT_EQ(far.got.size(), 1U);
  EXPECT_EQ(far.got[0].subject, "kx.call.lcr");
  // From now on it is known to answer.
  Call& next = call();
  Call& other = call();
  settle();
  advance(milliseconds(500));
  EXPECT_EQ(next.cause(), Cause::ok);
  EXPECT_EQ(other.cause(), Cause::ok);
}

TEST_F(FleetIdempotent, AtTheDeadlineBothAreCancelled) {
  second().behaviour = silent;
  Call& made = call();
  settle();
  advance(milliseconds(500));
  advance(milliseconds(1500));
  EXPECT_EQ(made.cause(), Cause::deadline);
  EXPECT_THAT(first().cancelled, ElementsAre(first().got[0].id, second().got[0].id));
}

TEST_F(FleetIdempotent, ALostOneIsSentAgainWhenThereIsAConnection) {
  Call& made = call();
  settle();
  link->cut_off();
  settle();
  advance(milliseconds(100));
  EXPECT_EQ(made.completions, 0);
  first().behaviour = always_yes;
  link->restore();
  advance(milliseconds(20));
  EXPECT_EQ(made.cause(), Cause::ok);
  EXPECT_EQ(first().got.size(), 2U);
  EXPECT_EQ(runner->figures_of("lcr").lost, 1U);
}

TEST_F(FleetIdempotent, ALostOneIsSentAtOnceWhereThereIsAnotherConnection) {
  Call& made = call();
  settle();
  first().behaviour = always_yes;
  link->cut_off();
  link->restore();
  settle();
  EXPECT_EQ(made.cause(), Cause::ok);
}

TEST_F(FleetIdempotent, ALostOneWaitsForThoseWhoServeItToComeBackToo) {
  Call& made = call();
  settle();
  server.down();
  server.up();
  for (const auto& one : workers) {
    one->link->cut_off();
  }
  settle();
  advance(milliseconds(100));
  EXPECT_EQ(made.completions, 0);
  first().behaviour = always_yes;
  first().link->restore();
  advance(milliseconds(20));
  EXPECT_EQ(made.cause(), Cause::ok);
}

TEST_F(FleetIdempotent, ALostOneWaitsNoLongerThanItsDeadline) {
  Call& made = call();
  settle();
  link->cut_off();
  settle();
  for (int i = 0; i < 99; ++i) {
    advance(milliseconds(20));
    EXPECT_EQ(made.completions, 0);
  }
  advance(milliseconds(20));
  ASSERT_EQ(made.completions, 1);
  EXPECT_EQ(made.cause(), Cause::deadline);
  EXPECT_THAT(made.detail(), HasSubstr("the connection to NATS was lost"));
}

TEST_F(FleetIdempotent, OfTwoThatAreLostOneIsSentAgain) {
  second().behaviour = silent;
  Call& made = call();
  settle();
  advance(milliseconds(500));
  first().behaviour = always_yes;
  link->cut_off();
  link->restore();
  settle();
  EXPECT_EQ(made.cause(), Cause::ok);
  EXPECT_EQ(first().got.size() + second().got.size(), 3U);
}

TEST_F(FleetIdempotent, ACancelledOneIsNotSentAgain) {
  Call& made = call();
  settle();
  link->cut_off();
  settle();
  made.cancel();
  link->restore();
  advance(milliseconds(20));
  EXPECT_EQ(made.detail(), "cancelled");
  EXPECT_EQ(first().got.size(), 1U);
}

TEST_F(FleetIdempotent, ASecondOneThatMayNotBeCalledLeavesItToTheFirst) {
  server.deny("kx.to.>");
  Call& made = call();
  settle();
  advance(milliseconds(500));
  EXPECT_EQ(made.completions, 0);
  first().answer(first().got[0], yes());
  settle();
  EXPECT_EQ(made.cause(), Cause::ok);
}

TEST_F(FleetIdempotent, ASecondOneThatCantBeSentLeavesItToTheFirst) {
  Call& made = call();
  settle();
  link->fail_next(Failure::no_memory, true);
  advance(milliseconds(500));
  EXPECT_EQ(runner->figures_of("lcr").hedged, 0U);
  first().answer(first().got[0], yes());
  settle();
  EXPECT_EQ(made.cause(), Cause::ok);
}

}  // namespace
}  // namespace kamexec::fleet::test

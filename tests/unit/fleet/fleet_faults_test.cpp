// SPDX-License-Identifier: GPL-2.0-or-later
// What a script sees of each fault: docs/reference/outcomes.md, "A fleet".
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>

#include <cerrno>

#include "runner_fixture.h"

namespace kamexec::fleet::test {
namespace {

using nats::Failure;
using process::Cause;
using process::Outcome;
using std::chrono::milliseconds;
using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using FleetFaults = RunnerFixture;
using FleetZoneFaults = ZoneFixture;

std::optional<Answer> silent(const Got&) {
  return std::nullopt;
}
std::optional<Answer> always_yes(const Got&) {
  return yes();
}

bool is_readable(int fd) {
  pollfd entry{fd, POLLIN, 0};
  return ::poll(&entry, 1, 0) == 1;
}

TEST_F(FleetFaults, NoConnectionIsToldAtOnce) {
  server.down();
  const Call& made = call();
  ASSERT_TRUE(made.at_once);
  EXPECT_EQ(made.at_once->cause, Cause::not_started);
  EXPECT_THAT(made.detail(),
              AllOf(HasSubstr("no NATS server is connected: the connection was lost"),
                    HasSubstr("lcr"), HasSubstr("[nats]")));
  settle();
  EXPECT_EQ(made.completions, 0);
  EXPECT_FALSE(runner->has_calls());
}

TEST_F(FleetFaults, NoConnectionThatIsFoundOutLater) {
  FakeWorker& one = worker("w1", always_yes);
  link->fail_next(Failure::not_connected, false);
  Call& made = call();
  settle();
  EXPECT_EQ(made.cause(), Cause::not_started);
  EXPECT_THAT(one.got, IsEmpty());
}

TEST_F(FleetFaults, AConnectionThatIsLostAfterwardsIsToldAtOnceAndNothingIsSentAgain) {
  FakeWorker& one = worker("w1", silent);
  Call& made = call();
  settle();
  link->cut_off();
  settle();
  ASSERT_EQ(made.completions, 1);
  EXPECT_EQ(made.cause(), Cause::unusable);
  EXPECT_THAT(made.detail(), AllOf(HasSubstr("fake:4222"), HasSubstr("lcr may have run")));
  link->restore();
  advance(milliseconds(1000));
  EXPECT_EQ(one.got.size(), 1U);
  EXPECT_EQ(runner->figures_of("lcr").lost, 1U);
}

TEST_F(FleetFaults, NobodyServesIt) {
  Call& made = call();
  settle();
  EXPECT_EQ(made.cause(), Cause::not_started);
  EXPECT_THAT(made.detail(), AllOf(HasSubstr("nobody serves lcr"), HasSubstr("kx.call.lcr")));
  EXPECT_EQ(runner->figures_of("lcr").no_responders, 1U);
}

TEST_F(FleetZoneFaults, NobodyServesItInAnyZone) {
  Call& made = call();
  settle();
  EXPECT_EQ(made.cause(), Cause::not_started);
  ASSERT_EQ(server.sent.size(), 2U);
  EXPECT_EQ(server.sent[0].subject(), "kx.call.lcr.zone.north");
  EXPECT_EQ(server.sent[1].subject(), "kx.call.lcr");
}

TEST_F(FleetFaults, NobodyAnswersByTheDeadline) {
  FakeWorker& one = worker("w1", silent);
  Call& made = call();
  settle();
  advance(milliseconds(1999));
  EXPECT_EQ(made.completions, 0);
  advance(milliseconds(1));
  ASSERT_EQ(made.completions, 1);
  EXPECT_EQ(made.cause(), Cause::deadline);
  EXPECT_EQ(made.result->outcome.duration, milliseconds(2000));
  EXPECT_THAT(made.detail(), HasSubstr("no worker daemon has answered the call of lcr"));
  EXPECT_THAT(one.cancelled, ElementsAre(one.got[0].id));
  one.answer(one.got[0], yes());
  settle();
  EXPECT_EQ(made.completions, 1);
  EXPECT_EQ(link->state().late, 1U);
}

TEST_F(FleetFaults, TheOneThatDoesNotAnswerIsNamedAndAskedNoMore) {
  FakeWorker& full = worker("w1", [](const Got&) { return refused(); });
  FakeWorker& slow = worker("w2", always_yes);
  server.choose = [](std::size_t) { return 1; };
  call();
  settle();
  slow.behaviour = silent;
  server.choose = [](std::size_t) { return 0; };
  Call& made = call();
  settle();
  advance(milliseconds(2000));
  EXPECT_EQ(made.cause(), Cause::deadline);
  EXPECT_THAT(made.detail(), HasSubstr("worker daemon w2 has not answered"));
  EXPECT_EQ(slow.got.size(), 2U);
  call();
  settle();
  EXPECT_EQ(slow.got.size(), 2U);
  EXPECT_EQ(full.got.size(), 4U);
}

TEST_F(FleetFaults, APermissionIsMissing) {
  FakeWorker& one = worker("w1", always_yes);
  server.deny("kx.call.>");
  Call& made = call();
  settle();
  EXPECT_EQ(made.cause(), Cause::not_started);
  EXPECT_THAT(made.detail(), AllOf(HasSubstr("doesn't permit it"),
                                   HasSubstr("Permissions Violation"), HasSubstr("kx.call.lcr")));
  EXPECT_THAT(one.got, IsEmpty());
}

TEST_F(FleetFaults, ARequestThatIsTooLargeIsNeverSent) {
  FakeWorker& one = worker("w1", always_yes);
  request.message = std::string_view("INVITE sip:a@example.net SIP/2.0");
  for (const std::size_t most : {60U, 1U}) {
    server.max_payload = most;
    server.down();
    server.up();  // the link is told with the connection
    settle();
    const Call& made = call();
    ASSERT_TRUE(made.at_once);
    EXPECT_EQ(made.at_once->cause, Cause::refused);
    EXPECT_EQ(made.at_once->system_errno, EMSGSIZE);
    EXPECT_THAT(made.detail(), AllOf(HasSubstr("lcr"), HasSubstr("max_payload")));
  }
  settle();
  EXPECT_THAT(one.got, IsEmpty());
}

TEST_F(FleetFaults, ARequestThatTheServerTakesNoMoreIsRefused) {
  server.max_payload = 1;  // it has been made smaller since
  const Call& made = call();
  ASSERT_TRUE(made.at_once);
  EXPECT_EQ(made.at_once->cause, Cause::refused);
}

TEST_F(FleetFaults, TooMuchWaitsToBeSent) {
  link->fail_next(Failure::no_memory, true);
  const Call& made = call();
  ASSERT_TRUE(made.at_once);
  EXPECT_EQ(made.at_once->cause, Cause::refused);
  link->fail_next(Failure::no_memory, false);
  Call& later = call();
  settle();
  EXPECT_EQ(later.cause(), Cause::refused);
}

TEST_F(FleetFaults, ACancelEndsItAndTheProgramIsEnded) {
  FakeWorker& one = worker("w1", silent);
  FakeWorker& other = worker("w2", silent);
  server.choose = [](std::size_t) { return 0; };
  Call& made = call();
  settle();
  made.cancel();
  EXPECT_EQ(made.completions, 0);  // by step() alone
  settle();
  ASSERT_EQ(made.completions, 1);
  EXPECT_EQ(made.cause(), Cause::deadline);
  EXPECT_EQ(made.detail(), "cancelled");
  EXPECT_THAT(one.cancelled, ElementsAre(one.got[0].id));
  EXPECT_EQ(other.cancelled, one.cancelled);  // all are told, as who has it isn't known
  made.cancel();
  settle();
  EXPECT_EQ(made.completions, 1);
  EXPECT_EQ(runner->figures_of("lcr").cancelled, 1U);
}

TEST_F(FleetFaults, TheEndOfTheHostEndsAllAndRefusesWhatComes) {
  FakeWorker& one = worker("w1", silent);
  Call& first = call();
  Call& second = call();
  settle();
  runner->stop_all();
  settle();
  for (const Call* const made : {&first, &second}) {
    ASSERT_EQ(made->completions, 1);
    EXPECT_EQ(made->cause(), Cause::deadline);
    EXPECT_EQ(made->detail(), "the server is stopping");
  }
  EXPECT_EQ(one.cancelled.size(), 2U);
  EXPECT_EQ(call().at_once->cause, Cause::refused);
}

TEST_F(FleetFaults, ADeadlineThatHasPassedSendsNothing) {
  worker("w1", always_yes);
  program.definition.timeout = milliseconds(0);
  EXPECT_EQ(call().at_once->cause, Cause::deadline);
  EXPECT_THAT(server.sent, IsEmpty());
}

TEST_F(FleetFaults, TheDescriptorTellsWhenAStepIsWanted) {
  FakeWorker& one = worker("w1", silent);
  EXPECT_FALSE(is_readable(runner->fd()));
  now = Clock::now();  // the alarm knows no other clock
  call();
  settle();
  EXPECT_FALSE(is_readable(runner->fd()));
  one.answer(one.got[0], yes());
  server.settle();
  EXPECT_FALSE(is_readable(runner->fd()));  // whoever steps the link asks
  EXPECT_TRUE(runner->has_results());
  runner->complete();
  EXPECT_FALSE(runner->has_results());
  EXPECT_FALSE(runner->has_calls());
  Call& other = call();
  other.cancel();
  EXPECT_TRUE(is_readable(runner->fd()));
  runner->step(now);
  EXPECT_EQ(other.completions, 1);
}

TEST_F(FleetFaults, RunningUntilATimeWaitsForWhatIsLeftAndNoLonger) {
  FakeWorker& one = worker("w1", silent);
  now = Clock::now();
  Call& made = call();
  settle();
  runner->run_until(Clock::now() + milliseconds(10));
  EXPECT_TRUE(runner->has_calls());
  one.answer(one.got[0], yes());
  runner->run_until(Clock::now() + std::chrono::minutes(1));
  EXPECT_EQ(made.completions, 1);
  EXPECT_FALSE(runner->has_calls());
}

TEST_F(FleetFaults, CallsUnderWayEndWithTheRunner) {
  FakeWorker& one = worker("w1", silent);
  Call& made = call();
  settle();
  runner.reset();
  EXPECT_EQ(link->requests_under_way(), 0U);
  one.answer(one.got[0], yes());
  server.settle();
  EXPECT_EQ(made.completions, 0);
}

// Hostile workers.

TEST_F(FleetFaults, WhatIsNoAnswerIsUnusable) {
  FakeWorker& one = worker("w1", silent);
  worker("w2", always_yes);
  server.choose = [](std::size_t) { return 0; };
  const std::string long_line(std::size_t{1} << 19, 'x');
  request.output_limit = 1000;
  for (const std::string& payload :
       {std::string(), std::string("reply 0123456789abcdef 0\nend 0123456789abcdef\n"),
        std::string(1000, '\0'), std::string("reply ID 0\nline "),
        "reply ID 0\nline " + long_line + "\nend ID\n"}) {
    Call& made = call();
    settle();
    std::string text = payload;
    for (std::size_t at = 0; (at = text.find("ID", at)) != text.npos;) {
      text.replace(at, 2, one.got.back().id);
    }
    one.send(one.got.back(), text,
             {{"Kamexec-Outcome", "refused"}, {"Kamexec-Detail", long_line.substr(0, 100'000)}});
    settle();
    ASSERT_EQ(made.completions, 1);
    EXPECT_EQ(made.cause(), Cause::unusable) << payload.substr(0, 60);
    EXPECT_LE(made.detail().size(), 5000U);
  }
  EXPECT_THAT(workers[1]->got, IsEmpty());  // it may have run
}

TEST_F(FleetFaults, AnswersOfAForeignIdAreNot) {
  FakeWorker& one = worker("w1", silent);
  Call& made = call();
  settle();
  Got forged = one.got[0];
  forged.id = "0123456789abcdef";
  one.answer(forged, yes("x\n"));
  settle();
  EXPECT_EQ(made.cause(), Cause::unusable);
  EXPECT_THAT(made.detail(), HasSubstr("answered another request"));
}

TEST_F(FleetFaults, NoSubjectIsMadeOfANameThatIsNone) {
  FakeWorker& one = worker("w1", silent);
  for (const char* const id : {"*", ">", "a.b", "a b", "\r\nPUB x 0", "w1"}) {
    call();
    settle();
    one.send(one.got.back(), "error " + one.got.back().id + " full\n",
             {{"Kamexec-Outcome", "refused"}, {"Kamexec-Worker", id}});
    settle();
    Got last = one.got.back();
    one.answer(last, yes());
    settle();
  }
  for (const FakeMessage& message : server.sent) {
    if (message.subject().starts_with("kx.to.")) {
      EXPECT_EQ(message.subject(), "kx.to.w1.lcr");
    }
  }
  EXPECT_EQ(one.got.size(), 12U);
}

TEST_F(FleetFaults, ASecondAnswerIsLate) {
  FakeWorker& one = worker("w1", [](const Got&) { return no(1); });
  Call& made = call();
  settle();
  one.answer(one.got[0], yes("other\n"));
  Call& next = call();
  settle();
  EXPECT_EQ(made.completions, 1);
  EXPECT_EQ(made.cause(), Cause::nonzero_exit);
  EXPECT_EQ(next.cause(), Cause::nonzero_exit);
  EXPECT_EQ(link->state().late, 1U);
}

TEST_F(FleetFaults, AForeignWorkerNeedsNoHeaders) {
  FakeWorker& one = worker("", [](const Got& call) {
    return call.arguments[0] == "1" ? yes("a\n") : failed(Outcome::unusable("no database"));
  });
  Call& good = call("1");
  Call& bad = call("2");
  settle();
  EXPECT_EQ(good.result->output, "a\n");
  EXPECT_EQ(bad.cause(), Cause::unusable);
  EXPECT_THAT(bad.detail(), HasSubstr("a worker daemon: no database"));
  EXPECT_EQ(one.got.size(), 2U);
}

TEST_F(FleetFaults, AForeignWorkersPartsAreNotLeftOut) {
  server.choose = [](std::size_t) { return 0; };
  worker("w1", always_yes).wants = parts_named("-");
  FakeWorker& foreign = worker("", always_yes);
  request.uri = "sip:a";
  call();
  settle();
  server.choose = [](std::size_t) { return 1; };
  call();
  settle();
  call();
  settle();
  EXPECT_EQ(foreign.got[1].uri, "sip:a");
}

}  // namespace
}  // namespace kamexec::fleet::test

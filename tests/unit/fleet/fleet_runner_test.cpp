// SPDX-License-Identifier: GPL-2.0-or-later
// A call that goes well, what is sent of it, and who is asked: docs/fleet-protocol.md, "Rules".
#include "fleet/fleet_runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runner_fixture.h"

namespace kamexec::fleet::test {
namespace {

using namespace std::string_view_literals;
using process::Cause;
using process::Outcome;
using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using FleetCalls = RunnerFixture;
using FleetZones = ZoneFixture;

std::optional<Answer> silent(const Got&) {
  return std::nullopt;
}
std::optional<Answer> always_yes(const Got&) {
  return yes("sip:a\n");
}
std::optional<Answer> always_full(const Got&) {
  return refused();
}
/// As a worker daemon does: without a free worker a call that may not wait is refused.
std::optional<Answer> full_but_patient(const Got& call) {
  return call.may_wait == "no" ? refused() : yes("waited\n");
}

TEST_F(FleetCalls, AreAnsweredByAStepAndNotBefore) {
  FakeWorker& one = worker("w1", always_yes);
  Call& made = call("4930");
  server.settle();
  EXPECT_EQ(made.completions, 0);
  EXPECT_TRUE(runner->has_calls());
  EXPECT_EQ(runner->figures().running, 0U);
  settle();
  ASSERT_EQ(made.completions, 1);
  EXPECT_EQ(made.cause(), Cause::ok);
  EXPECT_EQ(made.result->output, "sip:a\n");
  EXPECT_FALSE(runner->has_calls());
  ASSERT_EQ(one.got.size(), 1U);
  EXPECT_EQ(one.got[0].subject, "kx.call.lcr");
  EXPECT_THAT(one.got[0].arguments, ElementsAre("4930"));
  EXPECT_EQ(one.got[0].time_left, milliseconds(2000));
  EXPECT_THAT(one.cancelled, IsEmpty());
  EXPECT_EQ(link->requests_under_way(), 0U);
}

TEST_F(FleetCalls, ANoIsAnAnswer) {
  worker("w1", [](const Got&) { return no(7); });
  Call& made = call();
  now += milliseconds(5);
  settle();
  EXPECT_EQ(made.cause(), Cause::nonzero_exit);
  EXPECT_EQ(made.result->outcome.exit_status, 7);
  EXPECT_EQ(made.result->outcome.duration, milliseconds(5));
  EXPECT_EQ(made.detail(), "");
}

TEST_F(FleetCalls, SendAllPartsWhileNothingIsKnown) {
  FakeWorker& one = worker("w1", always_yes);
  request.uri = "sip:b";
  request.variables = "SIP_RURI=sip:b\0"sv;
  request.message = "INVITE";
  request.input = "in";
  call();
  settle();
  ASSERT_EQ(one.got.size(), 1U);
  EXPECT_EQ(one.got[0].uri, "sip:b");
  EXPECT_EQ(one.got[0].variables, "SIP_RURI=sip:b\0"sv);
  EXPECT_EQ(one.got[0].message, "INVITE");
  EXPECT_EQ(one.got[0].input, "in");
  EXPECT_EQ(one.got[0].left_out, "");
}

TEST_F(FleetCalls, LeaveOutWhatNobodyWantsAndSaySo) {
  FakeWorker& one = worker("w1", always_yes);
  one.wants = parts_named("uri");
  request.uri = "sip:b";
  request.variables = "SIP_RURI=sip:b\0"sv;
  request.message = "INVITE";  // and no input
  call();
  settle();
  call();
  settle();
  ASSERT_EQ(one.got.size(), 2U);
  EXPECT_EQ(one.got[1].uri, "sip:b");
  EXPECT_EQ(one.got[1].variables + one.got[1].message, "");
  EXPECT_EQ(one.got[1].left_out, "env message");
}

TEST_F(FleetCalls, AreSentWholeToWhoMissesAPart) {
  FakeWorker& one = worker("w1", always_yes);
  FakeWorker& other = worker("w2", always_yes);
  one.wants = parts_named("-");
  server.choose = [](std::size_t) { return 0; };
  request.uri = "sip:b";
  call();
  settle();
  other.behaviour = [](const Got& call) {
    Answer incomplete;
    incomplete.incomplete = true;
    return call.uri.empty() ? incomplete : yes();
  };
  other.wants = parts_named("uri");
  server.choose = [](std::size_t) { return 1; };
  Call& made = call();
  settle();
  EXPECT_EQ(made.cause(), Cause::ok);
  ASSERT_EQ(other.got.size(), 2U);
  EXPECT_EQ(other.got[0].left_out, "uri");
  EXPECT_EQ(other.got[1].subject, "kx.to.w2.lcr");
  EXPECT_EQ(other.got[1].left_out, "");
  EXPECT_EQ(other.got[1].may_wait, other.got[0].may_wait);  // it has not counted as a try
  EXPECT_NE(other.got[1].id, other.got[0].id);
  EXPECT_EQ(one.got.size(), 1U);
}

TEST_F(FleetCalls, ThatAreNeverCompleteEnd) {
  FakeWorker& one = worker("w1", [](const Got&) {
    Answer incomplete;
    incomplete.incomplete = true;
    return incomplete;
  });
  Call& made = call();
  settle();
  EXPECT_EQ(made.cause(), Cause::refused);
  EXPECT_THAT(made.detail(), HasSubstr("worker daemon w1"));
  EXPECT_EQ(one.got.size(), 2U);
}

TEST_F(FleetCalls, OfAnAttemptHaveItsIdAndNumberAndNotItsVariables) {
  FakeWorker& one = worker("w1", always_yes);
  one.behaviour = [&one](const Got&) { return one.got.size() == 1 ? refused() : yes(); };
  request.id = "note7";
  request.attempt = 3;
  request.variables = "SIP_A=1\0KAMEXEC_ID=note7\0KAMEXEC_ATTEMPT=3\0SIP_B=2\0"sv;
  call();
  settle();
  ASSERT_EQ(one.got.size(), 2U);
  EXPECT_EQ(one.got[0].id, "note7");
  EXPECT_EQ(one.got[1].id, "note7");
  EXPECT_EQ(one.got[0].attempt, 3U);
  EXPECT_EQ(one.got[0].variables, "SIP_A=1\0SIP_B=2\0"sv);
}

TEST_F(FleetCalls, CarryTheTraceOfTheMessage) {
  FakeWorker& one = worker("w1", always_yes);
  constexpr auto kTrace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"sv;
  const std::string variables =
      "SIP_HF_TRACEPARENT=" + std::string(kTrace) + '\0' + "SIP_A=1" + '\0';
  request.variables = variables;
  call();
  settle();
  EXPECT_EQ(one.got[0].trace_parent, kTrace);
  EXPECT_EQ(one.got[0].variables, variables);
}

TEST_F(FleetCalls, CarryNoTraceThatIsNone) {
  FakeWorker& one = worker("w1", always_yes);
  for (const auto variables :
       {"SIP_HF_TRACEPARENT=00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0\r\0"sv,
        "SIP_HF_TRACEPARENT=x\r\nKamexec-May-Wait: no\0"sv, "SIP_HF_TRACEPARENT=\0"sv}) {
    request.variables = variables;
    call();
    settle();
    EXPECT_EQ(one.got.back().trace_parent, "");
    EXPECT_EQ(one.got.back().variables, variables);  // the program gets it all the same
  }
}

TEST_F(FleetCalls, WithoutUseForOutputHaveNone) {
  worker("w1", always_yes);
  request.capture_output = false;
  Call& made = call();
  settle();
  EXPECT_EQ(made.result->output, "");
}

TEST_F(FleetCalls, KeepNoMoreOfStandardErrorThanTheyMay) {
  worker("w1", [](const Got&) {
    Answer answer = no(1);
    answer.result.error = "0123456789";
    return answer;
  });
  request.error_limit = 4;
  Call& made = call();
  settle();
  EXPECT_EQ(made.result->error, "0123");
  EXPECT_TRUE(made.result->error_truncated);
}

TEST_F(FleetCalls, OfAFullWorkerDaemonGoToTheOneThatHasAnsweredLast) {
  server.choose = [](std::size_t) { return 0; };
  FakeWorker& first = worker("w1", always_full);
  FakeWorker& second = worker("w2", always_yes);
  FakeWorker& third = worker("w3", always_yes);
  for (const std::size_t member : {1U, 2U}) {
    server.choose = [member](std::size_t) { return member; };
    call();
    advance(milliseconds(1));
  }
  server.choose = [](std::size_t) { return 0; };
  Call& made = call();
  settle();
  EXPECT_EQ(made.cause(), Cause::ok);
  ASSERT_EQ(first.got.size(), 1U);
  EXPECT_EQ(first.got[0].may_wait, "no");
  ASSERT_EQ(third.got.size(), 2U);
  EXPECT_EQ(third.got[1].subject, "kx.to.w3.lcr");
  EXPECT_EQ(third.got[1].may_wait, "no");  // a third one is left
  EXPECT_EQ(second.got.size(), 1U);
  EXPECT_EQ(runner->figures_of("lcr").second_tries, 1U);
}

TEST_F(FleetCalls, AskTheQueueGroupAgainWhereNobodyElseIsKnown) {
  FakeWorker& only = worker("w1", always_full);
  Call& made = call();
  settle();
  EXPECT_EQ(made.cause(), Cause::refused);
  EXPECT_THAT(made.detail(), HasSubstr("worker daemon w1: all workers are busy (3 were asked)"));
  ASSERT_EQ(only.got.size(), 3U);
  EXPECT_EQ(only.got[0].may_wait, "no");
  EXPECT_EQ(only.got[1].may_wait, "no");
  EXPECT_EQ(only.got[2].may_wait, "");
  for (const Got& got : only.got) {
    EXPECT_EQ(got.subject, "kx.call.lcr");
  }
}

TEST_F(FleetCalls, MayWaitWithTheLastTry) {
  FakeWorker& only = worker("w1", full_but_patient);
  Call& made = call();
  settle();
  EXPECT_EQ(made.cause(), Cause::ok);
  EXPECT_EQ(only.got.size(), 3U);
}

TEST_F(FleetCalls, WithOneTryMayWaitAtOnce) {
  program.definition.fleet.tries = 1;
  FakeWorker& only = worker("w1", full_but_patient);
  Call& made = call();
  settle();
  EXPECT_EQ(made.result->output, "waited\n");
  EXPECT_EQ(only.got.size(), 1U);
}

TEST_F(FleetCalls, ThatWouldBeRefusedEverywhereGoNowhereElse) {
  FakeWorker& one = worker("w1", [](const Got&) { return failed(Outcome::refused("too long")); });
  FakeWorker& other = worker("w2", always_yes);
  server.choose = [](std::size_t) { return 0; };
  Call& made = call();
  settle();
  EXPECT_EQ(made.cause(), Cause::refused);
  EXPECT_THAT(made.detail(), HasSubstr("worker daemon w1: too long"));
  EXPECT_EQ(one.got.size(), 1U);
  EXPECT_THAT(other.got, IsEmpty());
}

TEST_F(FleetCalls, ThatCantBeStartedThereGoElsewhere) {
  worker("w1", [](const Got&) {
    Answer answer = failed(Outcome::not_started({"no such file", 2}));
    answer.elsewhere = true;
    return answer;
  });
  worker("w2", always_yes);
  int asked = 0;
  server.choose = [&asked](std::size_t) { return asked++ == 0 ? 0 : 1; };
  Call& made = call();
  settle();
  EXPECT_EQ(made.cause(), Cause::ok);
}

TEST_F(FleetCalls, ThatMayHaveRunGoNowhereElse) {
  for (const Outcome& outcome : {Outcome::unusable("broke the protocol"),
                                 Outcome::deadline_passed("ended at its deadline")}) {
    workers.clear();
    FakeWorker& one = worker("w1", [&](const Got&) {
      Answer answer = failed(outcome);
      answer.elsewhere = true;  // it says so in vain
      return answer;
    });
    FakeWorker& other = worker("w2", always_yes);
    server.choose = [](std::size_t) { return 0; };
    Call& made = call();
    settle();
    EXPECT_EQ(made.cause(), outcome.cause);
    EXPECT_THAT(made.detail(), HasSubstr("worker daemon w1: " + outcome.detail));
    EXPECT_EQ(one.got.size(), 1U);
    EXPECT_THAT(other.got, IsEmpty());
  }
}

TEST_F(FleetCalls, AskOneThatIsGoneInVainAndThenTheNext) {
  server.choose = [](std::size_t) { return 0; };
  worker("w1", always_yes);
  FakeWorker& second = worker("w2", always_yes);
  FakeWorker& gone = worker("w3", always_yes);
  for (const std::size_t member : {1U, 2U}) {
    server.choose = [member](std::size_t) { return member; };
    call();
    advance(milliseconds(1));
  }
  gone.link->cut_off();
  workers[0]->behaviour = always_full;
  server.choose = [](std::size_t) { return 0; };
  Call& made = call();
  settle();
  EXPECT_EQ(made.cause(), Cause::ok);
  EXPECT_EQ(second.got.back().subject, "kx.to.w2.lcr");
  EXPECT_EQ(second.got.back().may_wait, "no");  // asking w3 has not counted
  EXPECT_EQ(server.sent_to("kx.to.w3.lcr").size(), 1U);
  call();
  settle();
  EXPECT_EQ(server.sent_to("kx.to.w3.lcr").size(), 1U);  // it is known to be gone
}

TEST_F(FleetCalls, TryAFewThatAreGoneAndThenTheQueueGroup) {
  for (const char* const id : {"w1", "w2", "w3", "w4", "w5", "w6", "w7"}) {
    worker(id, always_yes);
  }
  for (std::size_t member = 0; member < 7; ++member) {
    server.choose = [member](std::size_t) { return member; };
    call();
    advance(milliseconds(1));
  }
  for (std::size_t i = 1; i < 7; ++i) {
    workers[i]->link->cut_off();
  }
  workers[0]->behaviour = full_but_patient;
  Call& made = call();
  settle();
  EXPECT_EQ(made.cause(), Cause::ok);
  EXPECT_EQ(server.sent_to("kx.to.>").size(), 4U);  // w7, w6, w5; then, refused again, w4
}

TEST_F(FleetCalls, DontGoAgainToWhoHasRefusedThemThoughItHasRoomByNow) {
  server.choose = [](std::size_t) { return 1; };
  FakeWorker& first = worker("w1", always_full);
  FakeWorker& second = worker("w2", always_yes);
  call();
  settle();  // the second one is known
  second.behaviour = silent;
  server.choose = [](std::size_t) { return 0; };
  Call& made = call();
  settle();
  ASSERT_EQ(second.got.size(), 2U);
  first.behaviour = always_yes;
  now += milliseconds(1);
  call();
  settle();  // the first one has room again, and has answered last
  server.choose = [](std::size_t) { return 1; };
  second.behaviour = always_yes;
  second.answer(second.got[1], refused());
  settle();
  EXPECT_EQ(made.cause(), Cause::ok);
  EXPECT_THAT(server.sent_to("kx.to.w1.lcr"), IsEmpty());
}

TEST_F(FleetCalls, MoreThanMayBeUnderWayAreRefused) {
  program.definition.fleet.most = 2;
  worker("w1", silent);
  Call& first = call();
  call();
  EXPECT_THAT(call().detail(), HasSubstr("2 calls of lcr are under way"));
  EXPECT_EQ(calls.back().at_once->cause, Cause::refused);
  first.cancel();
  EXPECT_FALSE(call().at_once);
  settle();
}

TEST_F(FleetCalls, HaveATimeThatIsLeft) {
  FakeWorker& one = worker("w1", silent);
  call();
  settle();
  one.answer(one.got[0], refused());
  one.behaviour = always_yes;
  now += std::chrono::microseconds(1'500'500);
  settle();
  EXPECT_EQ(one.got[1].time_left, milliseconds(499));
}

TEST_F(FleetZones, AreAskedFirst) {
  FakeWorker& far = worker("w1", always_yes, "south");
  FakeWorker& near = worker("w2", always_yes, "north");
  Call& made = call();
  settle();
  EXPECT_EQ(made.cause(), Cause::ok);
  ASSERT_EQ(near.got.size(), 1U);
  EXPECT_EQ(near.got[0].subject, "kx.call.lcr.zone.north");
  EXPECT_THAT(far.got, IsEmpty());
}

TEST_F(FleetZones, WithoutWorkersLeaveItToTheOthersAndTheTryHasNotCounted) {
  program.definition.fleet.tries = 2;
  FakeWorker& far = worker("w1", full_but_patient, "south");
  Call& made = call();
  settle();
  EXPECT_EQ(made.cause(), Cause::ok);
  ASSERT_EQ(far.got.size(), 2U);
  EXPECT_EQ(far.got[0].subject, "kx.call.lcr");
  EXPECT_EQ(far.got[0].may_wait, "no");
  EXPECT_EQ(far.got[1].may_wait, "");
}

TEST_F(FleetCalls, AreNotRunWhereSomebodyWaits) {
  engine::Invocation invocation = request;
  invocation.program = &program;
  process::RunResult result;
  runner->run(invocation, result);
  EXPECT_EQ(result.outcome.cause, Cause::refused);
  EXPECT_THAT(result.outcome.detail, HasSubstr("lcr"));
}

TEST_F(FleetCalls, AreCounted) {
  worker("w1", always_yes);
  call();
  settle();
  const FleetFigures figures = runner->figures_of("lcr");
  EXPECT_EQ(figures.calls, 1U);
  ASSERT_EQ(figures.workers.size(), 1U);
  EXPECT_EQ(figures.workers[0].id, "w1");
  EXPECT_EQ(figures.workers[0].calls, 1U);
  EXPECT_EQ(runner->figures_of("other").calls, 0U);
}

}  // namespace
}  // namespace kamexec::fleet::test

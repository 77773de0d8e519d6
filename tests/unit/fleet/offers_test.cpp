// SPDX-License-Identifier: GPL-2.0-or-later
// Programs that are offered: what comes, and what is answered.
#include "fleet/offers.h"

#include "offers_fixture.h"

namespace kamexec::fleet::test {
namespace {

using process::Cause;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

TEST_F(OffersTest, ACallIsRunAndAnswered) {
  call("a1", "route", {}, "hello");
  ASSERT_THAT(calls_.came, SizeIs(1));
  EXPECT_EQ(calls_.came[0].program, "route");
  EXPECT_EQ(calls_.came[0].argument, "hello");
  EXPECT_TRUE(calls_.came[0].may_wait);
  EXPECT_EQ(offers_.under_way(), 1U);
  EXPECT_EQ(figures().under_way, 1U);
  answer(calls_.came[0].id, said("yes\n"));
  const Answer& got = answers_["in.a1"];
  EXPECT_EQ(got.result.outcome.cause, Cause::ok);
  EXPECT_EQ(got.result.output, "yes\n");
  EXPECT_EQ(got.worker.id, "Worker1");
  EXPECT_EQ(got.worker.zone, "east");
  EXPECT_EQ(offers_.under_way(), 0U);
  EXPECT_EQ(figures().calls, 1U);
  EXPECT_EQ(figures().failed, 0U);
  EXPECT_EQ(figures().under_way, 0U);
}

TEST_F(OffersTest, ComesByZoneAndToThisDaemonAlone) {
  send("kx.call.route.zone.east", "in.a1", call_text("a1"));
  send("kx.call.route.zone.west", "in.a2", call_text("a2"));
  send("kx.to.Worker1.bill", "in.a3", call_text("a3"), {{kMayWait, "no"}});
  send("kx.to.Worker2.bill", "in.a4", call_text("a4"));
  ASSERT_THAT(calls_.came, SizeIs(2));
  EXPECT_EQ(calls_.came[0].program, "route");
  EXPECT_EQ(calls_.came[1].program, "bill");
  EXPECT_FALSE(calls_.came[1].may_wait);
}

TEST_F(OffersTest, OneOfAGroupGetsACallAndAllGetACancel) {
  const auto other_link = server_.connect();
  NotingCalls other_calls;
  Offers other(*other_link, {.subjects = Subjects(), .name = {"Worker2", ""}}, other_calls);
  other.offer({"route"});
  call("a1");
  EXPECT_EQ(calls_.came.size() + other_calls.came.size(), 1U);
  send("kx.cancel.route", "", "cancel a1\n");
  EXPECT_EQ(calls_.cancelled.size() + other_calls.cancelled.size(), 1U);
}

TEST_F(OffersTest, WhatIsNotOfferedHereMayRunElsewhere) {
  send("kx.to.Worker1.nothing", "in.a1", call_text("a1"));
  EXPECT_THAT(calls_.came, IsEmpty());
  EXPECT_EQ(answers_["in.a1"].result.outcome.cause, Cause::not_started);
  EXPECT_TRUE(answers_["in.a1"].elsewhere);
}

TEST_F(OffersTest, WhatCannotBeReadIsRefusedEverywhere) {
  send("kx.call.route", "in.a1", "request a1 run 0\nenv LD_PRELOAD=x\nend a1\n");
  EXPECT_EQ(answers_["in.a1"].result.outcome.cause, Cause::refused);
  EXPECT_FALSE(answers_["in.a1"].elsewhere);
  EXPECT_THAT(answers_["in.a1"].result.outcome.detail, HasSubstr("can't be read"));
  send("kx.call.route", "in.0", "\x01\xff");
  EXPECT_THAT(payloads_["in.0"], testing::StartsWith("error 0 ")) << "no id is known";
  send("kx.call.route", "in.0", "");
  EXPECT_THAT(calls_.came, IsEmpty());
  EXPECT_EQ(figures().failed, 3U);
  EXPECT_EQ(figures().refused, 0U);
  EXPECT_THAT(figures().last_error, HasSubstr("refused: the call can't be read"));
  EXPECT_EQ(offers_.under_way(), 0U);
}

TEST_F(OffersTest, WhatNobodyWantsAnAnswerToIsDropped) {
  send("kx.call.route", "", call_text("a1"));
  EXPECT_THAT(calls_.came, IsEmpty());
  EXPECT_EQ(figures().dropped, 1U);
  EXPECT_EQ(figures().calls, 0U);
}

TEST_F(OffersTest, AnswersGoToNoSubjectOfOursOrTheServers) {
  for (const char* reply : {"kx.note.bill", "kx", "$JS.API.STREAM.PURGE.X", "$SRV.PING"}) {
    send("kx.call.route", reply, call_text("a1"));
  }
  EXPECT_THAT(calls_.came, IsEmpty());
  EXPECT_EQ(figures().dropped, 4U);
  send("kx.call.route", "kxy.inbox", call_text("a1"));
  EXPECT_THAT(calls_.came, SizeIs(1));
}

TEST_F(OffersTest, WhatComesTwiceIsRunOnce) {
  call("a1");
  call("a1");
  EXPECT_THAT(calls_.came, SizeIs(1));
  EXPECT_EQ(figures().dropped, 1U);
  send("kx.call.route", "in.other.a1", call_text("a1"));
  EXPECT_THAT(calls_.came, SizeIs(2)) << "another caller's call of the same name";
  answer(calls_.came[0].id, said("1\n"));
  answer(calls_.came[1].id, said("2\n"));
  EXPECT_EQ(answers_["in.a1"].result.output, "1\n");
  EXPECT_EQ(answers_["in.other.a1"].result.output, "2\n");
}

TEST_F(OffersTest, APartThatIsWantedAndLeftOutIsAskedFor) {
  offers_.set_wants("route", {.variables = true, .input = false, .uri = false, .message = true});
  call("a1", "route", {{kLeftOut, "uri message"}});
  EXPECT_THAT(calls_.came, IsEmpty());
  EXPECT_TRUE(answers_["in.a1"].incomplete);
  EXPECT_TRUE(answers_["in.a1"].wants.message);
  EXPECT_FALSE(answers_["in.a1"].wants.uri);
  EXPECT_EQ(figures().incomplete, 1U);
  EXPECT_EQ(figures().failed, 0U);
  call("a2", "route", {{kLeftOut, "uri input"}});
  EXPECT_THAT(calls_.came, SizeIs(1));
  offers_.set_wants("nothing", {});
}

TEST_F(OffersTest, ACancelEndsTheCallOfThatProgram) {
  call("a1");
  const OfferedCallId id = calls_.came.at(0).id;
  send("kx.cancel.bill", "", "cancel a1\n");
  send("kx.cancel.route", "", "cancel other\n");
  send("kx.cancel.route", "", "nonsense");
  EXPECT_THAT(calls_.cancelled, IsEmpty());
  send("kx.cancel.route", "", "cancel a1\n");
  EXPECT_THAT(calls_.cancelled, ElementsAre(id));
  EXPECT_EQ(offers_.under_way(), 0U);
  answer(id, said("too late\n"));
  EXPECT_THAT(answers_, IsEmpty());
  EXPECT_EQ(figures().cancelled, 1U);
  send("kx.cancel.route", "", "cancel a1\n");
  EXPECT_THAT(calls_.cancelled, SizeIs(1));
}

TEST_F(OffersTest, FailuresAreCountedAndTold) {
  call("a1");
  process::RunResult refused;
  refused.outcome = process::Outcome::no_room("the queue is full");
  answer(calls_.came.at(0).id, refused, true);
  EXPECT_EQ(answers_["in.a1"].result.outcome.cause, Cause::refused);
  EXPECT_TRUE(answers_["in.a1"].elsewhere);
  call("a2");
  process::RunResult late;
  late.outcome = process::Outcome::deadline_passed("it took\ntoo long");
  answer(calls_.came.at(1).id, late);
  EXPECT_EQ(answers_["in.a2"].result.outcome.cause, Cause::deadline);
  EXPECT_EQ(figures().failed, 2U);
  EXPECT_EQ(figures().refused, 1U);
  EXPECT_EQ(figures().last_error, "deadline: it took\\x0atoo long");
}

TEST_F(OffersTest, AnAnswerMayComeAtOnce) {
  calls_.at_once = [this](OfferedCallId id) { offers_.answer(id, said("now\n"), false); };
  call("a1");
  EXPECT_EQ(answers_["in.a1"].result.output, "now\n");
  EXPECT_EQ(offers_.under_way(), 0U);
}

TEST_F(OffersTest, AnAnswerThatIsTooLargeSaysSo) {
  call("a1");
  answer(calls_.came.at(0).id, said(std::string(server_.max_payload, 'x') + "\n"));
  EXPECT_EQ(answers_["in.a1"].result.outcome.cause, Cause::unusable);
  EXPECT_THAT(answers_["in.a1"].result.outcome.detail, HasSubstr("max_payload"));
}

TEST_F(OffersTest, AnAnswerAfterTheConnectionWasLostIsCounted) {
  call("a1");
  server_.down();
  answer(calls_.came.at(0).id, said("1\n"));
  EXPECT_EQ(figures().unsent, 1U);
  EXPECT_EQ(offers_.under_way(), 0U);
  server_.up();
  call("a2");
  answer(calls_.came.at(1).id, said("2\n"));
  EXPECT_EQ(answers_["in.a2"].result.output, "2\n");
}

}  // namespace
}  // namespace kamexec::fleet::test

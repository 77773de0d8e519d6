// SPDX-License-Identifier: GPL-2.0-or-later
// Programs that are offered: what comes, what is answered, and how it ends.
#include "fleet/offers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fake_link.h"

namespace kamexec::fleet::test {
namespace {

using nats::Incoming;
using nats::Outgoing;
using process::Cause;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

/// Notes what comes, and answers when it is told to, or at once.
class NotingCalls final : public OfferedCalls {
 public:
  struct Came {
    OfferedCallId id = 0;
    std::string program;
    std::string argument;
    bool may_wait = false;
  };
  void on_call(OfferedCallId id, std::string_view program, const ReceivedCall& received,
               bool may_wait) override {
    const auto& arguments = received.request().arguments;
    came.push_back({id, std::string(program),
                    arguments.empty() ? std::string() : std::string(arguments.front()), may_wait});
    if (at_once) {
      at_once(id);
    }
  }
  void on_cancel(OfferedCallId id) override { cancelled.push_back(id); }

  std::vector<Came> came;
  std::vector<OfferedCallId> cancelled;
  std::function<void(OfferedCallId)> at_once;
};

process::RunResult said(const std::string& output) {
  process::RunResult result;
  result.outcome.cause = Cause::ok;
  result.outcome.exit_status = 0;
  result.output = output;
  return result;
}

std::string call_text(const std::string& id, const std::string& argument = "x") {
  return "request " + id + " run 0\narg " + argument + "\nend " + id + "\n";
}

class OffersTest : public testing::Test {
 protected:
  explicit OffersTest(std::size_t memory = std::size_t{64} << 20)
      : offers_(*link_, {.subjects = Subjects(), .name = {"Worker1", "east"}, .memory = memory},
                calls_) {
    offers_.offer({"route", "bill"});
    static_cast<void>(caller_->subscribe("in.>", "", [this](const Incoming& message) {
      const std::string subject(message.subject());
      const std::string id = subject.substr(subject.rfind('.') + 1);
      answers_[subject] = read_answer(message, id, 1 << 20);
      payloads_[subject] = message.payload();
    }));
  }

  /// Published by the caller; its answer comes to in.ID.
  void call(const std::string& id, const std::string& program = "route",
            std::vector<nats::Header> headers = {}, const std::string& argument = "x") {
    send("kx.call." + program, "in." + id, call_text(id, argument), std::move(headers));
  }
  void send(const std::string& subject, const std::string& reply, const std::string& payload,
            std::vector<nats::Header> headers = {}) {
    EXPECT_TRUE(caller_->publish(
        {.subject = subject, .reply = reply, .headers = headers, .payload = payload}));
    server_.settle();
  }
  void answer(OfferedCallId id, const process::RunResult& result, bool elsewhere = false) {
    offers_.answer(id, result, elsewhere);
    server_.settle();
  }
  OfferFigures figures(const std::string& program = "route") {
    for (auto& [name, figures] : offers_.figures()) {
      if (name == program) {
        return figures;
      }
    }
    ADD_FAILURE() << program << " isn't offered";
    return {};
  }

  FakeServer server_;
  std::unique_ptr<FakeLink> link_ = server_.connect();
  std::unique_ptr<FakeLink> caller_ = server_.connect();
  NotingCalls calls_;
  Offers offers_;
  std::map<std::string, Answer> answers_;
  std::map<std::string, std::string> payloads_;
};

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

class FewBytes : public OffersTest {
 protected:
  FewBytes() : OffersTest(5'000) {}
};

TEST_F(FewBytes, AreHeldOfAllCallsTogether) {
  for (int i = 0; i < 10; ++i) {
    call("a" + std::to_string(i));
  }
  EXPECT_LT(calls_.came.size(), 5U);
  EXPECT_GT(calls_.came.size(), 0U);
  EXPECT_EQ(answers_["in.a9"].result.outcome.cause, Cause::refused);
  EXPECT_TRUE(answers_["in.a9"].elsewhere);
  const std::size_t held = calls_.came.size();
  for (std::size_t i = 0; i < held; ++i) {
    answer(calls_.came[i].id, said(""));
  }
  call("b1");
  EXPECT_THAT(calls_.came, SizeIs(held + 1)) << "given back";
  call("b2", "bill", {}, std::string(10'000, 'x'));
  EXPECT_TRUE(answers_["in.b2"].elsewhere);
}

TEST_F(OffersTest, OffersWhatItIsTold) {
  offers_.offer({"bill", "new"});
  server_.settle();
  call("a1", "route");
  EXPECT_THAT(calls_.came, IsEmpty());
  EXPECT_THAT(answers_, IsEmpty()) << "nobody serves it";
  call("a2", "new");
  call("a3", "bill");
  EXPECT_THAT(calls_.came, SizeIs(2));
  EXPECT_THAT(offers_.figures(), SizeIs(2));
}

TEST_F(OffersTest, WhatHasComeOfOneThatIsNotOfferedAnyMoreIsAnswered) {
  call("a1");
  offers_.offer({"bill"});
  offers_.offer({"route", "bill"});
  offers_.offer({"bill"});
  server_.settle();
  answer(calls_.came.at(0).id, said("1\n"));
  EXPECT_EQ(answers_["in.a1"].result.output, "1\n");
}

TEST_F(OffersTest, DrainsWithoutLosingWhatWasSent) {
  call("a1");
  link_->frozen = true;
  call("a2");  // on its way
  offers_.drain();
  EXPECT_FALSE(offers_.is_drained());
  call("a3");  // after the server knows
  link_->frozen = false;
  server_.settle();
  ASSERT_THAT(calls_.came, SizeIs(2));
  EXPECT_FALSE(offers_.is_drained()) << "two are under way";
  answer(calls_.came[0].id, said("1\n"));
  answer(calls_.came[1].id, said("2\n"));
  EXPECT_TRUE(offers_.is_drained());
  EXPECT_EQ(answers_["in.a2"].result.output, "2\n");
  EXPECT_FALSE(answers_.contains("in.a3"));
  offers_.offer({"route"});
  call("a4");
  EXPECT_THAT(calls_.came, SizeIs(2)) << "it offers nothing any more";
}

TEST_F(OffersTest, DrainsWithoutAConnection) {
  server_.down();
  offers_.drain();
  server_.settle();
  EXPECT_TRUE(offers_.is_drained());
}

TEST(OffersEnd, WhatComesAfterItFindsNobody) {
  FakeServer server;
  const auto link = server.connect();
  NotingCalls calls;
  auto offers = std::make_unique<Offers>(
      *link, OffersOptions{.subjects = Subjects(), .name = {"W", ""}}, calls);
  offers->offer({"route"});
  const auto caller = server.connect();
  ASSERT_TRUE(
      caller->publish({.subject = "kx.call.route", .reply = "in.a1", .payload = "request"}));
  offers.reset();
  server.settle();
  EXPECT_THAT(calls.came, IsEmpty());
}

}  // namespace
}  // namespace kamexec::fleet::test

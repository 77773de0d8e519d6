// SPDX-License-Identifier: GPL-2.0-or-later
// A Link on a real nats-server: messages, requests, subscriptions, and the loss of the server.
#include <csignal>

#include "link_fixture.h"

namespace kamexec::nats {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class LinkTest : public testing::Test {
 protected:
  void SetUp() override {
    SKIP_WITHOUT_NATS_SERVER();
    ASSERT_TRUE(server_.start()) << server_.log();
  }
  NatsServer server_;
};

TEST_F(LinkTest, Connects) {
  TestLink link(server_.url());
  int changes = 0;
  link->on_change([&] { ++changes; });
  EXPECT_FALSE(link->state().connected);
  ASSERT_TRUE(link.connects()) << link->state().trouble;
  EXPECT_EQ(changes, 1);
  EXPECT_EQ(link->state().server, "127.0.0.1:" + std::to_string(server_.port()));
  EXPECT_EQ(link->state().max_payload, 1048576U);
  EXPECT_EQ(link->state().connections, 1U);
  EXPECT_THAT(link->state().trouble, IsEmpty());
}

TEST_F(LinkTest, PublishesWithHeadersAndAnyBytes) {
  TestLink link(server_.url());
  ASSERT_TRUE(link.connects());
  std::vector<std::string> got;
  static_cast<void>(link->subscribe("a.*", "", [&](const Incoming& message) {
    got.emplace_back(std::string(message.subject()) + "|" + std::string(message.reply()) + "|" +
                     std::string(message.payload()) + "|" + std::string(message.header("One")) +
                     "|" + std::string(message.header("one")));
  }));
  const std::vector<Header> headers{{"One", "first value"}, {"Two", "2"}};
  const std::string payload("x\0\r\n\xff", 5);
  ASSERT_TRUE(
      link->publish({.subject = "a.b", .reply = "c.d", .headers = headers, .payload = payload}));
  ASSERT_TRUE(link->publish({.subject = "a.empty"}));
  ASSERT_TRUE(link->publish({.subject = "other", .payload = "nobody's"}));
  ASSERT_TRUE(link.until([&] { return got.size() == 2; }));
  EXPECT_THAT(got, ElementsAre("a.b|c.d|" + payload + "|first value|", "a.empty||||"));
  EXPECT_TRUE(link->is_flushed());
}

TEST_F(LinkTest, RequestsAndAnswers) {
  TestLink caller(server_.url());
  TestLink worker(server_.url());
  ASSERT_TRUE(caller.connects());
  ASSERT_TRUE(worker.connects());
  static_cast<void>(worker.echo("call.lcr", "kx"));
  ASSERT_TRUE(worker.is_known());
  std::vector<std::shared_ptr<Ended>> ended;
  for (int i = 0; i < 100; ++i) {
    const std::string payload = "number " + std::to_string(i);
    ended.push_back(caller.request({.subject = "call.lcr", .payload = payload}));
  }
  for (int i = 0; i < 100; ++i) {
    const Ended& one = *ended[static_cast<std::size_t>(i)];
    ASSERT_TRUE(caller.until([&] { return TestLink::is_over(one); }, worker));
    EXPECT_EQ(one.payload, "number " + std::to_string(i));
  }
  EXPECT_EQ(caller->state().late, 0U);
}

TEST_F(LinkTest, NobodyServesIt) {
  TestLink link(server_.url());
  ASSERT_TRUE(link.connects());
  const auto ended = link.request({.subject = "call.unknown", .payload = "x"});
  ASSERT_TRUE(link.until([&] { return TestLink::is_over(*ended); }));
  EXPECT_EQ(ended->failure, Failure::no_responders);
}

TEST_F(LinkTest, NobodyAnswersInTime) {
  TestLink link(server_.url());
  ASSERT_TRUE(link.connects());
  std::string reply;
  static_cast<void>(
      link->subscribe("silent", "", [&](const Incoming& message) { reply = message.reply(); }));
  const auto ended = link.request({.subject = "silent"}, std::chrono::milliseconds(50));
  ASSERT_TRUE(link.until([&] { return TestLink::is_over(*ended); }));
  EXPECT_EQ(ended->failure, Failure::timed_out);
  ASSERT_FALSE(reply.empty());
  ASSERT_TRUE(link->publish({.subject = reply, .payload = "late"}));
  EXPECT_TRUE(link.until([&] { return link->state().late == 1; }));
}

TEST_F(LinkTest, AForgottenRequestIsNotAnswered) {
  TestLink link(server_.url());
  ASSERT_TRUE(link.connects());
  static_cast<void>(link.echo("call"));
  bool called = false;
  const auto id = link->request(
      {.subject = "call"}, Clock::now() + kPatience, [&](const Incoming&) { called = true; },
      [&](const Trouble&) { called = true; });
  ASSERT_TRUE(id);
  link->forget(*id);
  EXPECT_TRUE(link.until([&] { return link->state().late == 1; }));
  EXPECT_FALSE(called);
}

TEST_F(LinkTest, UnsubscribingLosesNothing) {
  TestLink link(server_.url());
  TestLink other(server_.url());
  ASSERT_TRUE(link.connects());
  ASSERT_TRUE(other.connects());
  int here = 0;
  int there = 0;
  const SubscriptionId id = link->subscribe("q", "group", [&](const Incoming&) { ++here; });
  static_cast<void>(other->subscribe("q", "group", [&](const Incoming&) { ++there; }));
  ASSERT_TRUE(link.is_known());
  ASSERT_TRUE(other.is_known());
  TestLink sender(server_.url());
  ASSERT_TRUE(sender.connects());
  bool done = false;
  for (int i = 0; i < 3000; ++i) {
    ASSERT_TRUE(sender->publish({.subject = "q", .payload = "x"}));
    sender->settle();
    if (i == 1000) {
      ASSERT_TRUE(link.until([&] { return here > 0; }, other));
      link->unsubscribe(id, [&] { done = true; });
    }
    link.turn(0);
    other.turn(0);
  }
  ASSERT_TRUE(sender.is_known());
  EXPECT_TRUE(link.until([&] { return here + there == 3000 && done; }, other))
      << here << " and " << there << " " << done;
  EXPECT_GT(here, 0);
  const int before = here;
  ASSERT_TRUE(sender->publish({.subject = "q"}));
  EXPECT_TRUE(sender.until([&] { return there + here == 3001; }, other, link));
  EXPECT_EQ(here, before);
}

TEST_F(LinkTest, UnsubscribingWithoutAConnection) {
  server_.kill();
  TestLink link(server_.url());
  const SubscriptionId id = link->subscribe("q", "", [](const Incoming&) {});
  bool done = false;
  link->unsubscribe(id, [&] { done = true; });
  EXPECT_FALSE(done);
  EXPECT_TRUE(link.until([&] { return done; }));
}

TEST_F(LinkTest, WithoutAServerAllIsRefusedAtOnce) {
  server_.kill();
  TestLink link(server_.url());
  EXPECT_EQ(link->publish({.subject = "a"}).error(), Failure::not_connected);
  const auto ended = link.request({.subject = "a"});
  EXPECT_EQ(ended->failure, Failure::not_connected);
  EXPECT_EQ(ended->detail, "at once");
  EXPECT_TRUE(link.until([&] { return !link->state().trouble.empty(); }));
  EXPECT_THAT(link->state().trouble, HasSubstr("127.0.0.1:" + std::to_string(server_.port())));
}

TEST_F(LinkTest, AConnectionIsLostAndMadeAnew) {
  TestLink link(server_.url());
  ASSERT_TRUE(link.connects());
  int got = 0;
  static_cast<void>(link->subscribe("silent", "", [&](const Incoming&) { ++got; }));
  const auto sent = link.request({.subject = "silent"});
  ASSERT_TRUE(link.until([&] { return got == 1; }));
  server_.kill();
  ASSERT_TRUE(link.until([&] { return TestLink::is_over(*sent); }));
  EXPECT_EQ(sent->failure, Failure::connection_lost);
  EXPECT_FALSE(link->state().connected);
  EXPECT_EQ(link->state().lost, 1U);
  EXPECT_EQ(link->publish({.subject = "a"}).error(), Failure::not_connected);

  ASSERT_TRUE(server_.start());
  ASSERT_TRUE(link.connects());
  EXPECT_EQ(link->state().connections, 2U);
  ASSERT_TRUE(link->publish({.subject = "silent"}));
  EXPECT_TRUE(link.until([&] { return got == 2; }));
}

TEST_F(LinkTest, HandlersThatFailHarmNobody) {
  TestLink link(server_.url());
  ASSERT_TRUE(link.connects());
  int got = 0;
  static_cast<void>(
      link->subscribe("bad", "", [](const Incoming&) { throw std::runtime_error("no"); }));
  static_cast<void>(link->subscribe("good", "", [&](const Incoming&) { ++got; }));
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(link->publish({.subject = "bad"}));
    ASSERT_TRUE(link->publish({.subject = "good"}));
  }
  EXPECT_TRUE(link.until([&] { return got == 3; }));
  EXPECT_THAT(link->state().trouble, HasSubstr("has failed"));
}

TEST_F(LinkTest, SubjectsThatWouldBeTwoWordsAreRefused) {
  TestLink link(server_.url());
  ASSERT_TRUE(link.connects());
  for (const std::string& subject :
       {std::string("a b"), std::string(), std::string("a\r\nPING"), std::string("a\0b", 3)}) {
    EXPECT_EQ(link->publish({.subject = subject}).error(), Failure::not_permitted) << subject;
    EXPECT_EQ(link.request({.subject = subject})->failure, Failure::not_permitted) << subject;
  }
  EXPECT_EQ(link->publish({.subject = "a", .reply = "b c"}).error(), Failure::not_permitted);
  const auto ended = link.request({.subject = "nobody"});
  EXPECT_TRUE(link.until([&] { return TestLink::is_over(*ended); }));
  EXPECT_EQ(link->state().connections, 1U);
}

}  // namespace
}  // namespace kamexec::nats

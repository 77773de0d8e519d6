// SPDX-License-Identifier: GPL-2.0-or-later
// What is too large, too much to be sent, or comes faster than it is handled.
#include <csignal>

#include "link_fixture.h"

namespace kamexec::nats {
namespace {

TEST(LinkLimitsTest, WhatIsTooLargeIsNotSent) {
  SKIP_WITHOUT_NATS_SERVER();
  NatsServer server("max_payload: 1000");
  ASSERT_TRUE(server.start());
  TestLink link(server.url());
  ASSERT_TRUE(link.connects());
  EXPECT_EQ(link->state().max_payload, 1000U);
  static_cast<void>(link.echo("call"));
  const std::string most(1000, 'x');
  const std::string more(1001, 'x');
  EXPECT_EQ(link->publish({.subject = "a", .payload = more}).error(), Failure::too_large);
  const auto refused = link.request({.subject = "call", .payload = more});
  EXPECT_EQ(refused->failure, Failure::too_large);
  EXPECT_EQ(refused->detail, "at once");
  // Headers count.
  const std::vector<Header> headers{{"Name", "value"}};
  EXPECT_EQ(link->publish({.subject = "a", .headers = headers, .payload = most}).error(),
            Failure::too_large);
  const auto ended = link.request({.subject = "call", .payload = most});
  ASSERT_TRUE(link.until([&] { return TestLink::is_over(*ended); }));
  EXPECT_EQ(ended->payload, most);
  EXPECT_EQ(link->state().connections, 1U);
}

TEST(LinkLimitsTest, NoMoreWaitsToBeSentThanMay) {
  SKIP_WITHOUT_NATS_SERVER();
  NatsServer server;
  ASSERT_TRUE(server.start());
  LinkOptions options = TestLink::options_for({server.url()});
  options.idle = kPatience;
  options.unsent_most = 1'000'000;
  TestLink link(options);
  ASSERT_TRUE(link.connects());
  server.signal(SIGSTOP);
  const std::string payload(100'000, 'x');
  std::optional<Failure> failure;
  // The kernel takes some first.
  for (int i = 0; i < 1000 && !failure; ++i) {
    if (const auto sent = link->publish({.subject = "a", .payload = payload}); !sent) {
      failure = sent.error();
    }
    link->settle();
  }
  EXPECT_EQ(failure, Failure::no_memory);
  EXPECT_EQ(link.request({.subject = "a", .payload = payload})->failure, Failure::no_memory);
  server.signal(SIGCONT);
  EXPECT_TRUE(link.until([&] { return link->is_flushed(); }));
  EXPECT_TRUE(link->publish({.subject = "a", .payload = payload}));
}

TEST(LinkLimitsTest, RequestsThatWaitForAPingAreBoundedToo) {
  SKIP_WITHOUT_NATS_SERVER();
  NatsServer server;
  ASSERT_TRUE(server.start());
  LinkOptions options = TestLink::options_for({server.url()});
  options.idle = std::chrono::milliseconds(0);
  options.idle_answer = kPatience;
  options.unsent_most = 100'000;
  TestLink link(options);
  ASSERT_TRUE(link.connects());
  server.signal(SIGSTOP);
  const std::string payload(10'000, 'x');
  std::vector<std::shared_ptr<Ended>> all;
  for (int i = 0; i < 20; ++i) {
    all.push_back(link.request({.subject = "nobody", .payload = payload}));
  }
  EXPECT_FALSE(TestLink::is_over(*all.front()));
  EXPECT_EQ(all.back()->failure, Failure::no_memory);
  server.signal(SIGCONT);
  ASSERT_TRUE(link.until([&] { return TestLink::is_over(*all.front()); }));
  EXPECT_EQ(all.front()->failure, Failure::no_responders);
}

TEST(LinkLimitsTest, AnswersThatNobodyTakesAreDropped) {
  SKIP_WITHOUT_NATS_SERVER();
  NatsServer server;
  ASSERT_TRUE(server.start());
  LinkOptions options = TestLink::options_for({server.url()});
  options.received_most = 2'000;
  TestLink link(options);
  ASSERT_TRUE(link.connects());
  std::string reply;
  static_cast<void>(
      link->subscribe("call", "", [&](const Incoming& message) { reply = message.reply(); }));
  const auto ended = link.request({.subject = "call"});
  ASSERT_TRUE(link.until([&] { return !reply.empty(); }));
  // One message is larger than all that may lie there.
  ASSERT_TRUE(link->publish({.subject = reply, .payload = std::string(5'000, 'x')}));
  EXPECT_TRUE(link.until([&] { return link->state().dropped == 1; }));
  EXPECT_FALSE(TestLink::is_over(*ended));
  ASSERT_TRUE(link->publish({.subject = reply, .payload = "small"}));
  EXPECT_TRUE(link.until([&] { return ended->answered; }));
}

TEST(LinkLimitsTest, MessagesOfASubscriptionThatDoNotFitAreDropped) {
  SKIP_WITHOUT_NATS_SERVER();
  NatsServer server;
  ASSERT_TRUE(server.start());
  LinkOptions options = TestLink::options_for({server.url()});
  options.received_most = 2'000;
  TestLink link(options);
  ASSERT_TRUE(link.connects());
  std::vector<std::size_t> got;
  static_cast<void>(link->subscribe(
      "a", "", [&](const Incoming& message) { got.push_back(message.payload().size()); }));
  ASSERT_TRUE(link->publish({.subject = "a", .payload = std::string(5'000, 'x')}));
  ASSERT_TRUE(link->publish({.subject = "a", .payload = "small"}));
  EXPECT_TRUE(link.until([&] { return !got.empty() && link->state().dropped == 1; }));
  EXPECT_THAT(got, testing::ElementsAre(5U));
}

}  // namespace
}  // namespace kamexec::nats

// SPDX-License-Identifier: GPL-2.0-or-later
// Servers that say nothing, or no more: the link finds out, waits for none of them, and goes on.
#include <csignal>

#include "fake_server.h"
#include "link_fixture.h"
#include "nats/attempt.h"

namespace kamexec::nats {
namespace {

using testing::HasSubstr;

LinkOptions impatient(std::vector<std::string> urls) {
  LinkOptions options = TestLink::options_for(std::move(urls));
  options.connect_timeout = std::chrono::milliseconds(300);
  return options;
}

/// Its trouble says @p words in the end, and no thread is left that is stuck.
void expect_trouble(const LinkOptions& options, const std::string& words) {
  {
    TestLink link(options);
    EXPECT_TRUE(link.until([&] { return link->state().trouble.find(words) != std::string::npos; }))
        << link->state().trouble;
    EXPECT_FALSE(link->state().connected);
    EXPECT_EQ(link->publish({.subject = "a"}).error(), Failure::not_connected);
  }
  const TimePoint deadline = Clock::now() + kPatience;
  while (Attempt::running() > 0 && Clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  EXPECT_EQ(Attempt::running(), 0);
}

TEST(LinkSilenceTest, AServerThatAcceptsAndSaysNothing) {
  const FakeServer server("");
  expect_trouble(impatient({server.url()}), "says nothing");
}

TEST(LinkSilenceTest, AServerThatSaysNothingToWhatWeSay) {
  const FakeServer server(info_line());
  expect_trouble(impatient({server.url()}), "no connection within 300 ms");
}

TEST(LinkSilenceTest, AServerThatBeginsNoTls) {
  const FakeServer server(info_line("\"tls_required\":true"));
  expect_trouble(impatient({server.url()}), "no connection within 300 ms");
}

TEST(LinkSilenceTest, WhatIsNoServer) {
  const FakeServer server("HTTP/1.0 400 Bad Request\r\n\r\n");
  expect_trouble(impatient({server.url()}), "isn't a NATS server");
}

TEST(LinkSilenceTest, AServerThatIsTooOld) {
  const FakeServer server("INFO {\"version\":\"2.1.9\"}\r\n");
  expect_trouble(impatient({server.url()}), "2.1.9 is too old");
}

TEST(LinkSilenceTest, ANameThatIsNone) {
  expect_trouble(impatient({"nats://there-is-no-such-host.invalid:4222"}),
                 "there-is-no-such-host.invalid:4222: can't look the name up");
}

TEST(LinkSilenceTest, AnAddressThatNobodyAnswersFrom) {
  // Of a block for documentation (RFC 5737). Where the network says so at once, that is told.
  expect_trouble(impatient({"nats://192.0.2.1:4222"}), "192.0.2.1:4222: ");
}

TEST(LinkSilenceTest, AnotherServerIsTakenMeanwhile) {
  SKIP_WITHOUT_NATS_SERVER();
  NatsServer server;
  ASSERT_TRUE(server.start());
  const FakeServer silent("");
  const FakeServer stuck(info_line());
  TestLink link(impatient({silent.url(), stuck.url(), server.url()}));
  ASSERT_TRUE(link.connects());
  EXPECT_EQ("nats://" + link->state().server, server.url());
}

class FrozenTest : public testing::Test {
 protected:
  void SetUp() override {
    SKIP_WITHOUT_NATS_SERVER();
    ASSERT_TRUE(one_.start());
    ASSERT_TRUE(two_.start());
  }
  NatsServer& server_of(TestLink& link) {
    return "nats://" + link->state().server == one_.url() ? one_ : two_;
  }
  NatsServer one_;
  NatsServer two_;
};

TEST_F(FrozenTest, ARequestOnAnIdleConnectionGoesOverANewOneAndIsSentOnce) {
  LinkOptions options = TestLink::options_for({one_.url(), two_.url()});
  options.idle = std::chrono::milliseconds(1);
  TestLink link(options);
  ASSERT_TRUE(link.connects());
  NatsServer& frozen = server_of(link);
  NatsServer& other = &frozen == &one_ ? two_ : one_;
  TestLink here(frozen.url());
  TestLink there(other.url());
  ASSERT_TRUE(here.connects());
  ASSERT_TRUE(there.connects());
  static_cast<void>(here.echo("call"));
  static_cast<void>(there.echo("call"));
  ASSERT_TRUE(here.is_known());
  ASSERT_TRUE(there.is_known());
  frozen.signal(SIGSTOP);
  std::this_thread::sleep_for(std::chrono::milliseconds(5));

  const auto ended = link.request({.subject = "call", .payload = "x"});
  const auto second = link.request({.subject = "call", .payload = "y"});
  ASSERT_TRUE(
      link.until([&] { return TestLink::is_over(*ended) && TestLink::is_over(*second); }, there));
  EXPECT_EQ(ended->payload, "x");
  EXPECT_EQ(second->payload, "y");
  EXPECT_EQ("nats://" + link->state().server, other.url());
  EXPECT_EQ(link->state().lost, 1U);

  frozen.signal(SIGCONT);
  ASSERT_TRUE(here.is_known());
  EXPECT_EQ(here.echoed(), 0);
  EXPECT_EQ(there.echoed(), 2);
}

TEST_F(FrozenTest, AnIdleConnectionThatAnswersIsKept) {
  LinkOptions options = TestLink::options_for({one_.url()});
  options.idle = std::chrono::milliseconds(1);
  options.idle_answer = kPatience;
  TestLink link(options);
  ASSERT_TRUE(link.connects());
  static_cast<void>(link.echo("call"));
  for (int i = 0; i < 5; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(3));
    const auto ended = link.request({.subject = "call", .payload = "x"});
    ASSERT_TRUE(link.until([&] { return TestLink::is_over(*ended); }));
    EXPECT_TRUE(ended->answered);
  }
  EXPECT_EQ(link->state().connections, 1U);
}

TEST_F(FrozenTest, WithoutAnotherServerItIsNotConnected) {
  LinkOptions options = impatient({one_.url()});
  options.idle = std::chrono::milliseconds(1);
  TestLink link(options);
  ASSERT_TRUE(link.connects());
  one_.signal(SIGSTOP);
  std::this_thread::sleep_for(std::chrono::milliseconds(5));
  const auto ended = link.request({.subject = "call"});
  EXPECT_FALSE(TestLink::is_over(*ended));
  ASSERT_TRUE(link.until([&] { return TestLink::is_over(*ended); }));
  EXPECT_EQ(ended->failure, Failure::not_connected);
  EXPECT_FALSE(link->state().connected);
  one_.signal(SIGCONT);
  EXPECT_TRUE(link.connects());
}

TEST_F(FrozenTest, WhatWasNotSentUntilItsDeadlineIsNotConnected) {
  LinkOptions options = TestLink::options_for({one_.url()});
  options.idle = std::chrono::milliseconds(0);
  options.idle_answer = kPatience;
  TestLink link(options);
  ASSERT_TRUE(link.connects());
  one_.signal(SIGSTOP);
  const auto ended = link.request({.subject = "call"}, std::chrono::milliseconds(20));
  ASSERT_TRUE(link.until([&] { return TestLink::is_over(*ended); }));
  EXPECT_EQ(ended->failure, Failure::not_connected);
  one_.signal(SIGCONT);
}

TEST_F(FrozenTest, DeadlinesPassWhileAServerIsFrozen) {
  LinkOptions options = TestLink::options_for({one_.url()});
  options.idle = kPatience;
  options.unsent_most = std::size_t{64} << 20;
  TestLink link(options);
  ASSERT_TRUE(link.connects());
  one_.signal(SIGSTOP);
  const std::string large(1'000'000, 'x');
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(link->publish({.subject = "a", .payload = large}));
    link.turn(0);
  }
  EXPECT_FALSE(link->is_flushed());
  const auto ended = link.request({.subject = "call"}, std::chrono::milliseconds(20));
  ASSERT_TRUE(link.until([&] { return TestLink::is_over(*ended); }));
  EXPECT_EQ(ended->failure, Failure::timed_out);
  one_.signal(SIGCONT);
  EXPECT_TRUE(link.until([&] { return link->is_flushed(); }));
}

TEST_F(FrozenTest, AConnectionThatAnswersNoPingsIsLost) {
  LinkOptions options = TestLink::options_for({one_.url(), two_.url()});
  options.ping_interval = std::chrono::milliseconds(50);
  TestLink link(options);
  ASSERT_TRUE(link.connects());
  NatsServer& frozen = server_of(link);
  const auto ended = link.request({.subject = "silent"});
  ASSERT_TRUE(link.until([&] { return TestLink::is_over(*ended); }));
  static_cast<void>(link->subscribe("silent", "", [](const Incoming&) {}));
  ASSERT_TRUE(link.is_known());
  const auto sent = link.request({.subject = "silent"});
  link.turn(1);
  frozen.signal(SIGSTOP);
  ASSERT_TRUE(link.until([&] { return TestLink::is_over(*sent); }));
  EXPECT_EQ(sent->failure, Failure::connection_lost);
  ASSERT_TRUE(link.connects());
  EXPECT_NE("nats://" + link->state().server, frozen.url());
  frozen.signal(SIGCONT);
}

}  // namespace
}  // namespace kamexec::nats

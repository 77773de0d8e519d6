// SPDX-License-Identifier: GPL-2.0-or-later
// Servers of a cluster that end: by announcement (lame duck), which loses nothing, and without.
#include <array>
#include <csignal>

#include "link_fixture.h"

namespace kamexec::nats {
namespace {

/// Servers that pass messages on to each other.
class ClusterTest : public testing::Test {
 protected:
  static constexpr int kServers = 3;

  void SetUp() override {
    SKIP_WITHOUT_NATS_SERVER();
    // Again where somebody else has taken one of the ports in between.
    for (int i = 0; i < 10 && servers_.size() < kServers; ++i) {
      begin();
    }
    ASSERT_EQ(servers_.size(), std::size_t{kServers}) << log_;
    for (const auto& server : servers_) {
      urls_.push_back(server->url());
    }
  }

  /// Starts all servers, or none.
  void begin() {
    std::array<std::uint16_t, kServers> ports{};
    std::string routes;
    for (std::uint16_t& port : ports) {
      port = free_port();
      routes +=
          (routes.empty() ? "" : ", ") + ("\"nats://127.0.0.1:" + std::to_string(port)) + "\"";
    }
    for (int i = 0; i < kServers; ++i) {
      servers_.push_back(std::make_unique<NatsServer>(
          "lame_duck_grace_period: \"3s\"\nlame_duck_duration: \"30s\"\n"
          "server_name: s" +
          std::to_string(i) + "\ncluster { name: c, listen: \"127.0.0.1:" +
          std::to_string(ports[static_cast<std::size_t>(i)]) + "\", routes: [" + routes + "] }"));
      if (!servers_.back()->start()) {
        log_ = servers_.back()->log();
        servers_.clear();
        return;
      }
    }
  }

  NatsServer& server_of(TestLink& link) {
    for (const auto& server : servers_) {
      if ("nats://" + link->state().server == server->url()) {
        return *server;
      }
    }
    ADD_FAILURE() << link->state().server;
    return *servers_.front();
  }

  /// Waits until @p worker's servers know of it everywhere: a request of @p caller is answered.
  static bool is_served(TestLink& caller, TestLink& worker) {
    for (int i = 0; i < 1000; ++i) {
      const auto ended = caller.request({.subject = "call"});
      if (!caller.until([&] { return TestLink::is_over(*ended); }, worker)) {
        return false;
      }
      if (ended->answered) {
        return true;
      }
    }
    return false;
  }

  std::vector<std::unique_ptr<NatsServer>> servers_;
  std::vector<std::string> urls_;
  std::string log_;  // of one that didn't start
};

TEST_F(ClusterTest, NothingIsLostWhenAServerAnnouncesItsEnd) {
  TestLink caller(TestLink::options_for(urls_));
  TestLink worker(TestLink::options_for(urls_));
  ASSERT_TRUE(caller.connects());
  ASSERT_TRUE(worker.connects());
  static_cast<void>(worker.echo("call", "kx"));
  ASSERT_TRUE(is_served(caller, worker));

  NatsServer& ending = server_of(worker);
  std::vector<std::shared_ptr<Ended>> all;
  const std::string before = worker->state().server;
  ending.signal(SIGUSR2);
  // Calls go on until both have left, and some time more.
  int more = 200;
  ASSERT_TRUE(caller.until(
      [&] {
        all.push_back(caller.request({.subject = "call", .payload = "x"}));
        const bool left = "nats://" + caller->state().server != ending.url() &&
                          "nats://" + worker->state().server != ending.url();
        return left && --more == 0;
      },
      worker));
  for (const auto& one : all) {
    ASSERT_TRUE(caller.until([&] { return TestLink::is_over(*one); }, worker));
    ASSERT_TRUE(one->answered) << (one->failure ? in_words(*one->failure) : "") << ", call "
                               << &one - all.data() << " of " << all.size() << ", worker " << before
                               << ", then " << worker->state().server << ", caller at "
                               << caller->state().server;
  }
  EXPECT_EQ(worker->state().connections, 2U);
  EXPECT_EQ(worker->state().lost, 0U);
  EXPECT_EQ(caller->state().lost, 0U);
  // It ends when its last client has left.
  bool ended = false;
  EXPECT_TRUE(worker.until([&] { return ended = ended || ending.has_ended(); }, caller));
}

TEST_F(ClusterTest, ARequestUnderWayIsAnsweredByAServerThatEnds) {
  TestLink caller(TestLink::options_for(urls_));
  TestLink worker(TestLink::options_for(urls_));
  ASSERT_TRUE(caller.connects());
  ASSERT_TRUE(worker.connects());
  std::string reply;
  static_cast<void>(
      worker->subscribe("slow", "kx", [&](const Incoming& message) { reply = message.reply(); }));
  static_cast<void>(worker.echo("call", "kx"));
  ASSERT_TRUE(is_served(caller, worker));
  const auto slow = caller.request({.subject = "slow"});
  ASSERT_TRUE(caller.until([&] { return !reply.empty(); }, worker));
  NatsServer& ending = server_of(caller);
  ending.signal(SIGUSR2);
  ASSERT_TRUE(
      caller.until([&] { return "nats://" + caller->state().server != ending.url(); }, worker));
  ASSERT_TRUE(caller.is_known());
  ASSERT_TRUE(worker->publish({.subject = reply, .payload = "at last"}));
  ASSERT_TRUE(caller.until([&] { return TestLink::is_over(*slow); }, worker));
  EXPECT_EQ(slow->payload, "at last");
}

// Only the server that a request came over is sure to know where its answer goes.
TEST(LameDuckTest, AnAnswerGoesTheWayThatItsRequestCame) {
  SKIP_WITHOUT_NATS_SERVER();
  NatsServer first("lame_duck_grace_period: \"90s\"\nlame_duck_duration: \"120s\"\n");
  NatsServer second;
  ASSERT_TRUE(first.start() && second.start());
  second.kill();
  TestLink caller(first.url());
  TestLink worker(TestLink::options_for({first.url(), second.url()}));
  ASSERT_TRUE(caller.connects());
  ASSERT_TRUE(worker.connects());
  std::string reply;
  ConnectionId over = 0;
  static_cast<void>(worker->subscribe("call", "kx", [&](const Incoming& message) {
    reply = message.reply();
    over = message.over();
  }));
  static_cast<void>(caller->subscribe("never", "", [](const Incoming&) {}));
  ASSERT_TRUE(worker.is_known());
  ASSERT_TRUE(caller.is_known());
  const auto asked = caller.request({.subject = "call"}, kPatience);
  // Nobody answers this one: the worker stays with its first server for its sake.
  const auto unanswered = worker.request({.subject = "never"}, 2 * kPatience);
  ASSERT_TRUE(caller.until([&] { return !reply.empty(); }, worker));
  ASSERT_TRUE(second.start());
  first.signal(SIGUSR2);
  ASSERT_TRUE(worker.until([&] { return "nats://" + worker->state().server == second.url(); }));
  ASSERT_TRUE(worker->publish({.subject = reply, .payload = "here", .over = over}));
  ASSERT_TRUE(caller.until([&] { return TestLink::is_over(*asked); }, worker));
  EXPECT_EQ(asked->payload, "here");
  EXPECT_FALSE(TestLink::is_over(*unanswered));
}

TEST_F(ClusterTest, AnotherServerIsTakenWhenOneIsKilled) {
  TestLink caller(TestLink::options_for(urls_));
  TestLink worker(TestLink::options_for(urls_));
  ASSERT_TRUE(caller.connects());
  ASSERT_TRUE(worker.connects());
  static_cast<void>(worker.echo("call", "kx"));
  ASSERT_TRUE(is_served(caller, worker));
  NatsServer& killed = server_of(caller);
  killed.kill();
  ASSERT_TRUE(caller.until([&] { return caller->state().lost == 1; }, worker));
  ASSERT_TRUE(
      caller.until([&] { return caller->state().connected && worker->state().connected; }, worker));
  EXPECT_NE("nats://" + caller->state().server, killed.url());
  EXPECT_TRUE(is_served(caller, worker));
}

TEST_F(ClusterTest, TheOrderOfServersIsRandom) {
  std::set<std::string> taken;
  for (int i = 0; i < 200 && taken.size() < kServers; ++i) {
    TestLink link(TestLink::options_for(urls_));
    ASSERT_TRUE(link.connects());
    taken.insert(link->state().server);
  }
  EXPECT_EQ(taken.size(), std::size_t{kServers});
}

}  // namespace
}  // namespace kamexec::nats

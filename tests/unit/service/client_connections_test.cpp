// SPDX-License-Identifier: GPL-2.0-or-later
// Which requests go over which connection, when connections come and go.
#include <sys/wait.h>
#include <unistd.h>

#include "client_fixture.h"

namespace kamexec::service {
namespace {

using process::Cause;
using ::testing::HasSubstr;
using ::testing::StartsWith;

using ClientConnections = ClientTest;

/// More than the kernel holds for a reader that doesn't read.
const std::string kLarge(std::size_t{900} << 10, 'x');

TEST_F(ClientConnections, ANewOneIsMadeWhereTheDaemonClosedTheLast) {
  for (int i = 0; i < 3; ++i) {
    daemon().play([&] {
      Peer peer = daemon().greet();
      peer.say(reply_to(peer.request()));
    });
    EXPECT_EQ(run().outcome.cause, Cause::ok) << i;
    daemon().join();  // the peer is closed
  }
  EXPECT_EQ(client().counters().connections, 3u);
}

TEST_F(ClientConnections, AnIdleOneThatDrainsCostsNoCall) {
  std::unique_ptr<Peer> first;
  daemon().play([&] {
    first = std::make_unique<Peer>(daemon().greet());
    first->say(reply_to(first->request()));
    first->drain();
  });
  EXPECT_EQ(run().outcome.cause, Cause::ok);
  daemon().join();
  std::string second;
  daemon().play([&] {
    Peer peer = daemon().greet();
    second = peer.request();
    peer.say(reply_to(second));
  });
  EXPECT_EQ(run().outcome.cause, Cause::ok);
  daemon().join();
  EXPECT_THAT(second, HasSubstr("arg 4930"));
  EXPECT_TRUE(first->is_closed());
  EXPECT_EQ(client().counters().moved, 1u);
}

TEST_F(ClientConnections, AHalfSentRequestGoesOverANewOneOnce) {
  std::string whole;
  std::unique_ptr<Peer> first;
  std::unique_ptr<Peer> second;
  daemon().play([&] {
    first = std::make_unique<Peer>(daemon().greet());
    first->swallow(1000);
    first->drain();
    second = std::make_unique<Peer>(daemon().greet());
    whole = second->request();
    second->say(reply_to(whole));
  });
  process::RunResult result;
  client().run(request(kLarge), within(kGenerous), result);
  daemon().join();
  EXPECT_EQ(result.outcome.cause, Cause::ok) << result.outcome.detail;
  EXPECT_THAT(whole, StartsWith("request "));
  EXPECT_THAT(whole, HasSubstr("arg " + kLarge + "\n"));
  EXPECT_TRUE(second->has_nothing_more());
  EXPECT_EQ(client().counters().moved, 1u);
}

TEST_F(ClientConnections, NoRequestGoesOverAThird) {
  daemon().play([&] {
    for (int i = 0; i < 2; ++i) {
      Peer peer = daemon().greet();
      peer.swallow(1000);
      peer.drain();
      EXPECT_TRUE(peer.is_closed());
    }
  });
  process::RunResult result;
  client().run(request(kLarge), within(kGenerous), result);
  daemon().join();
  EXPECT_EQ(result.outcome.cause, Cause::not_started);
  EXPECT_THAT(result.outcome.detail, HasSubstr("closed two connections"));
  EXPECT_TRUE(daemon().nobody_calls());
  EXPECT_EQ(client().counters().connections, 2u);
}

TEST_F(ClientConnections, WhatDrainsStillReplies) {
  // One call sent, the daemon drains, another call: it goes over a new connection, and the reply
  // to the first still comes over the old one.
  const Client::JobId first_job = submit("first");
  Peer first = daemon().greet();
  const std::string first_request = first.request();
  first.drain();
  const Client::JobId second_job = submit("second");
  Peer second = daemon().greet();
  const std::string second_request = second.request();
  EXPECT_THAT(second_request, HasSubstr("arg second"));
  second.say(reply_to(second_request, "0", "line two\n"));
  EXPECT_EQ(result_of(second_job).output, "two\n");
  EXPECT_FALSE(results_.contains(first_job));
  first.say(reply_to(first_request, "0", "line one\n"));
  EXPECT_EQ(result_of(first_job).output, "one\n");
  EXPECT_TRUE(first.is_closed());
  EXPECT_EQ(client().counters().connections, 2u);
}

TEST_F(ClientConnections, OneThatIsLostFailsItsOwnCallsAlone) {
  const Client::JobId first_job = submit("first");
  Peer first = daemon().greet();
  static_cast<void>(first.request());
  first.drain();
  const Client::JobId second_job = submit("second");
  Peer second = daemon().greet();
  const std::string second_request = second.request();
  first.close();
  EXPECT_EQ(result_of(first_job).outcome.cause, Cause::unusable);
  EXPECT_FALSE(results_.contains(second_job));
  second.say(reply_to(second_request));
  EXPECT_EQ(result_of(second_job).outcome.cause, Cause::ok);
}

TEST_F(ClientConnections, AReplyOverAnotherOneIsNoReply) {
  const Client::JobId first_job = submit("first");
  Peer first = daemon().greet();
  const std::string first_request = first.request();
  first.drain();
  const Client::JobId second_job = submit("second");
  Peer second = daemon().greet();
  static_cast<void>(second.request());
  second.say(reply_to(first_request, "0", "line forged\n"));
  EXPECT_EQ(result_of(second_job).outcome.cause, Cause::unusable);
  first.say(reply_to(first_request, "0", "line right\n"));
  EXPECT_EQ(result_of(first_job).output, "right\n");
}

TEST_F(ClientConnections, LostWithSentAndUnsentCallsFailsTheSentOnes) {
  const Client::JobId sent = submit("sent");
  Peer first = daemon().greet();
  static_cast<void>(first.request());
  const Client::JobId unsent = submit(kLarge);
  first.close();
  EXPECT_EQ(result_of(sent).outcome.cause, Cause::unusable);
  Peer second = daemon().greet();
  daemon().play([&] { second.say(reply_to(second.request())); });
  EXPECT_EQ(result_of(unsent).outcome.cause, Cause::ok);
  EXPECT_EQ(client().counters().connections, 2u);
  daemon().join();
}

TEST_F(ClientConnections, UnsentCallsAreNotStartedWhereNoServiceIsLeft) {
  const Client::JobId unsent = submit(kLarge);
  Peer first = daemon().greet();
  first.swallow(1000);
  daemon().stop_listening();
  first.drain();
  EXPECT_EQ(result_of(unsent).outcome.cause, Cause::not_started);
}

TEST_F(ClientConnections, TooManyThatDrainAreLost) {
  std::vector<Peer> peers;
  std::vector<Client::JobId> jobs;
  for (int i = 0; i < 40; ++i) {
    jobs.push_back(submit());
    peers.push_back(daemon().greet());
    static_cast<void>(peers.back().request());
    peers.back().drain();
  }
  EXPECT_EQ(result_of(jobs[38]).outcome.cause, Cause::unusable);
  client().stop_all();
  EXPECT_TRUE(client().run_until(after(Clock::now(), kGenerous)));
  EXPECT_EQ(results_.size(), jobs.size());
}

TEST_F(ClientConnections, ADestroyedClientOfAForkedChildIsNothingToTheDaemon) {
  const Client::JobId job = submit();
  Peer peer = daemon().greet();
  const std::string asked = peer.request();
  const pid_t child = ::fork();
  if (child == 0) {
    end_client();
    ::_exit(0);
  }
  int status = -1;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_TRUE(peer.has_nothing_more());
  peer.say(reply_to(asked));
  EXPECT_EQ(result_of(job).outcome.cause, Cause::ok);
}

}  // namespace
}  // namespace kamexec::service

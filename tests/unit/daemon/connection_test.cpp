// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/connection.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "connection_fixture.h"

namespace kamexec::daemon {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST_F(ConnectionTest, RequestsInAnyPiecesAreToldOnce) {
  greeted();
  for (const char byte : call("a") + call("b")) {
    send(std::string_view(&byte, 1));
    turn();
  }
  EXPECT_THAT(requests_.ids, ElementsAre("a", "b"));
  send(call("c") + "cancel b\ncontrol d status\nend d\n" + call("e"));
  turn();
  EXPECT_THAT(requests_.ids, ElementsAre("a", "b", "c", "e"));
  EXPECT_THAT(requests_.cancelled, ElementsAre("b"));
  EXPECT_THAT(requests_.controls, ElementsAre("status"));
}

TEST_F(ConnectionTest, OneThatIsOutOfStepIsClosedWithItsCalls) {
  greeted();
  send(call("a") + call("a") + call("b"));
  turn();
  EXPECT_THAT(requests_.ids, ElementsAre("a")) << "nothing behind the fault counts";
  EXPECT_THAT(requests_.closed, ElementsAre(HasSubstr("the id of a request that is under way")));
  EXPECT_EQ(requests_.lost, 1U);
  EXPECT_THAT(shared_.closed, ElementsAre(connection_.get()));
  received();
  EXPECT_TRUE(ended_);
}

TEST_F(ConnectionTest, ARequestWithoutHelloIsOutOfStep) {
  connect();
  send(call("a"));
  turn();
  EXPECT_THAT(requests_.ids, IsEmpty());
  EXPECT_THAT(requests_.closed, ElementsAre(HasSubstr("began with no hello")));
}

TEST_F(ConnectionTest, NoMoreIsReadThanMayBeInFlight) {
  shared_.limits.calls = 2;
  greeted();
  for (const char* id : {"a", "b", "c", "d"}) {
    send(call(id));
    ASSERT_TRUE(loop_.turn(Clock::now()));  // one message for each turn
  }
  turn();
  EXPECT_LE(requests_.ids.size(), 4U);
  const std::size_t before = requests_.ids.size();
  send(call("e"));
  turn();
  EXPECT_EQ(requests_.ids.size(), before) << "it waits in the socket";
  while (!connection_->calls().empty()) {
    const std::string id(connection_->calls().begin()->first.text());
    requests_.answer(*connection_, id, "x\n");
    turn();
  }
  EXPECT_THAT(requests_.ids, ElementsAre("a", "b", "c", "d", "e"));
}

TEST_F(ConnectionTest, RepliesThatAreNotReadHoldTheClientBackAndAreKept) {
  shared_.limits.unread_pause = 1000;
  greeted();
  send(call("a"));
  turn();
  const std::string reply(1'000'000, 'r');
  requests_.answer(*connection_, "a", reply);
  turn();
  send(call("b"));
  turn();
  EXPECT_THAT(requests_.ids, ElementsAre("a")) << "no request is read while so much is unread";
  std::string got;
  for (int i = 0; i < 1000 && got.size() < reply.size(); ++i) {
    got += received();
    turn();
  }
  EXPECT_EQ(got, reply);
  EXPECT_THAT(requests_.ids, ElementsAre("a", "b"));
}

TEST_F(ConnectionTest, LargeRepliesAreKeptOnceAndSentInTheirOrder) {
  greeted();
  const std::size_t idle = shared_.memory;
  std::string all;
  for (int number = 0; number < 8; ++number) {
    const std::string reply = std::string(700'000, static_cast<char>('a' + number)) + "\n";
    NotingRequests::say(*connection_, reply);
    NotingRequests::say(*connection_, "small\n");
    all += reply + "small\n";
  }
  turn();
  EXPECT_LT(shared_.memory, idle + all.size() + 1'000'000);
  std::string got;
  for (int i = 0; i < 2000 && got.size() < all.size(); ++i) {
    got += received();
    turn();
  }
  EXPECT_TRUE(got == all);
  EXPECT_LE(shared_.memory, idle + 20'000);
}

TEST_F(ConnectionTest, WhoNeverReadsIsClosed) {
  shared_.limits.reply_time = seconds(10);
  greeted();
  NotingRequests::say(*connection_, std::string(4'000'000, 'r'));
  turn();
  connection_->check_time(Clock::now() + seconds(9));
  EXPECT_THAT(requests_.closed, IsEmpty());
  connection_->check_time(Clock::now() + seconds(11));
  EXPECT_THAT(requests_.closed, ElementsAre("it does not read its replies"));
}

TEST_F(ConnectionTest, MoreUnreadThanTheLimitIsTooMuch) {
  shared_.limits.unread_most = 1'000'000;
  greeted();
  NotingRequests::say(*connection_, std::string(4'000'000, 'r'));
  turn();
  EXPECT_THAT(requests_.closed, ElementsAre("it does not read its replies"));
}

TEST_F(ConnectionTest, AHelloOrARequestThatDoesNotEndIsNotWaitedFor) {
  shared_.limits.request_time = seconds(5);
  connect();
  EXPECT_LE(connection_->due(), Clock::now() + seconds(5));
  connection_->check_time(Clock::now() + seconds(6));
  EXPECT_THAT(requests_.closed, ElementsAre("its hello did not come in time"));

  greeted();
  EXPECT_EQ(connection_->due(), kNoDeadline) << "an idle one may stay";
  send("request a run 0\n");
  turn();
  EXPECT_FALSE(connection_->idle());
  send("program p\n");
  turn();
  connection_->check_time(Clock::now() + seconds(4));
  EXPECT_EQ(requests_.closed.size(), 1U);
  connection_->check_time(Clock::now() + seconds(6));
  EXPECT_THAT(requests_.closed.back(), HasSubstr("the rest of a request did not come in time"));
}

TEST_F(ConnectionTest, AStreamOfRequestsIsNotOneThatDoesNotEnd) {
  greeted();
  send("request a run 0\nprogram p\n");
  turn();
  const TimePoint first = connection_->due();
  // Each piece ends a request and begins the next one.
  send("end a\nrequest b run 0\nprogram p\n");
  turn();
  EXPECT_GT(connection_->due(), first);
}

TEST_F(ConnectionTest, ADrainedConnectionLosesNothing) {
  greeted();
  send(call("a"));
  turn();
  send(call("b") + "request c run 0\nprog");  // not read yet, and not complete
  connection_->drain();
  EXPECT_THAT(requests_.ids, ElementsAre("a", "b"));
  EXPECT_FALSE(send("ram p\nend c\n"));
  EXPECT_EQ(errno, EPIPE) << "so the client knows that c was never sent";
  EXPECT_FALSE(connection_->closed());
  requests_.answer(*connection_, "b", "for b\n");
  turn();
  EXPECT_FALSE(connection_->closed());
  requests_.answer(*connection_, "a", "for a\n");
  turn();
  EXPECT_TRUE(connection_->closed());
  EXPECT_EQ(received(), "for b\nfor a\n");
  EXPECT_TRUE(ended_);
  EXPECT_THAT(requests_.closed, ElementsAre(""));
  EXPECT_EQ(requests_.lost, 0U);
}

TEST_F(ConnectionTest, AnIdleOneIsDrainedAtOnce) {
  greeted();
  EXPECT_TRUE(connection_->idle());
  connection_->drain();
  EXPECT_TRUE(connection_->closed());
  EXPECT_FALSE(send(call("a")));
}

TEST_F(ConnectionTest, DrainingReadsMoreThanMayBeInFlight) {
  shared_.limits.calls = 1;
  greeted();
  send(call("a"));
  turn();
  send(call("b") + call("c"));
  turn();
  connection_->drain();
  EXPECT_THAT(requests_.ids, ElementsAre("a", "b", "c"));
}

TEST_F(ConnectionTest, WhoOnlyStopsSendingIsAnswered) {
  greeted();
  send(call("a"));
  ::shutdown(client_.get(), SHUT_WR);
  turn();
  EXPECT_FALSE(connection_->closed());
  requests_.answer(*connection_, "a", "answer\n");
  turn();
  EXPECT_EQ(received(), "answer\n");
  EXPECT_TRUE(connection_->closed());
  EXPECT_EQ(requests_.lost, 0U);
}

TEST_F(ConnectionTest, WhoLeavesLosesItsCalls) {
  greeted();
  send(call("a"));
  turn();
  client_.reset();
  turn();
  EXPECT_TRUE(connection_->closed());
  EXPECT_EQ(requests_.lost, 1U);
}

TEST_F(ConnectionTest, MemoryIsCountedUntilItIsGivenBack) {
  greeted();
  const std::size_t idle = shared_.memory;
  requests_.bytes_of_a_call = 5000;
  send(call("a") + call("b"));
  turn();
  EXPECT_GE(shared_.memory, idle + 10'000);
  requests_.answer(*connection_, "a", "x\n");
  turn();
  EXPECT_LT(shared_.memory, idle + 10'000);
  EXPECT_GE(shared_.memory, idle + 5000);
  send("request c run 0\nprogram p\narg " + std::string(50'000, 'x'));
  turn();
  EXPECT_GE(connection_->held(), 50'000U);
  NotingRequests::say(*connection_, std::string(3'000'000, 'r'));
  turn();
  EXPECT_GE(connection_->held(), 2'000'000U);
  connection_->close("");
  EXPECT_EQ(shared_.memory, 0U);
}

TEST_F(ConnectionTest, ADescriptorGoesWithItsTextAfterWhatWasWritten) {
  greeted();
  NotingRequests::say(*connection_, "before\n");
  int pipe_ends[2] = {-1, -1};
  ASSERT_EQ(::pipe2(pipe_ends, O_CLOEXEC), 0);
  const UniqueFd reads(pipe_ends[0]);
  UniqueFd writes(pipe_ends[1]);
  ASSERT_TRUE(connection_->send_descriptor("with it\n", writes.get()));
  writes.reset();

  std::array<char, 100> text{};
  EXPECT_EQ(::recv(client_.get(), text.data(), 7, 0), 7);
  EXPECT_EQ(std::string_view(text.data(), 7), "before\n");
  iovec piece{text.data(), text.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  ASSERT_EQ(::recvmsg(client_.get(), &message, MSG_CMSG_CLOEXEC), 8);
  ASSERT_NE(CMSG_FIRSTHDR(&message), nullptr);
  int got = -1;
  std::memcpy(&got, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof got);
  const UniqueFd copy(got);
  ASSERT_EQ(::write(copy.get(), "!", 1), 1);
  char byte = 0;
  EXPECT_EQ(::read(reads.get(), &byte, 1), 1);
  EXPECT_EQ(byte, '!');
}

}  // namespace
}  // namespace kamexec::daemon

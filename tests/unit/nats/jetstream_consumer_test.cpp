// SPDX-License-Identifier: GPL-2.0-or-later
// Messages that a consumer delivers, on a real nats-server: pulled, acknowledged, delivered again.
#include "jetstream_fixture.h"

namespace kamexec::nats {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class JetStreamConsumerTest : public JetStreamTest {
 protected:
  void make(std::chrono::nanoseconds ack_wait) {
    ASSERT_TRUE(ensure(notes()));
    const auto made = ensure(
        ConsumerConfig{.name = "bill", .filter_subject = "kx.note.bill", .ack_wait = ack_wait});
    ASSERT_TRUE(made) << made.error().detail;
  }
  void pull(std::size_t batch, std::chrono::nanoseconds expires = kPatience, bool no_wait = false) {
    ASSERT_TRUE(streams_->pull(
        "notes", "bill", {.batch = batch, .expires = expires, .no_wait = no_wait}, "own.bill"));
  }
};

TEST_F(JetStreamConsumerTest, WhatIsAcknowledgedIsGone) {
  make(std::chrono::seconds(60));
  Pulled pulled(*link_, "own.bill", "bill");
  pull(2);
  ASSERT_TRUE(publish("kx.note.alarm", "no"));
  ASSERT_TRUE(publish("kx.note.bill", "1", "one"));
  ASSERT_TRUE(publish("kx.note.bill", "2", "two"));
  ASSERT_TRUE(publish("kx.note.bill", "3", "three"));
  ASSERT_TRUE(link_->until([&] { return pulled.messages.size() == 2; }));
  EXPECT_EQ(pulled.messages[0].payload, "one");
  EXPECT_EQ(pulled.messages[0].subject, "kx.note.bill");
  EXPECT_EQ(pulled.messages[0].delivery.delivered, 1U);
  EXPECT_EQ(pulled.messages[0].delivery.stream_sequence, 2U);
  EXPECT_TRUE(settle(pulled.messages[0].reply, Settled::done));
  EXPECT_TRUE(settle(pulled.messages[1].reply, Settled::give_up));
  EXPECT_EQ(state("kx.note.*")->by_subject["kx.note.bill"], 1U);
  EXPECT_EQ(pulled.others, 0);
}

TEST_F(JetStreamConsumerTest, APullEnds) {
  make(std::chrono::seconds(60));
  Pulled pulled(*link_, "own.bill", "bill");
  pull(1, std::chrono::seconds(1), true);
  ASSERT_TRUE(link_->until([&] { return pulled.ends.size() == 1; }));
  EXPECT_EQ(pulled.ends[0].status, 404);
  pull(1, std::chrono::milliseconds(50));
  ASSERT_TRUE(link_->until([&] { return pulled.ends.size() == 2; }));
  EXPECT_EQ(pulled.ends[1].status, 408);
  EXPECT_THAT(pulled.ends[1].detail, HasSubstr("Timeout"));
  EXPECT_THAT(pulled.messages, IsEmpty());
}

TEST_F(JetStreamConsumerTest, DeliveredAgainAfterAckWait) {
  make(std::chrono::milliseconds(200));
  Pulled pulled(*link_, "own.bill", "bill");
  ASSERT_TRUE(publish("kx.note.bill", "1"));
  pull(2);
  ASSERT_TRUE(link_->until([&] { return pulled.messages.size() == 2; }));
  EXPECT_EQ(pulled.messages[1].delivery.delivered, 2U);
  EXPECT_EQ(pulled.messages[1].delivery.stream_sequence, 1U);
  EXPECT_TRUE(settle(pulled.messages[1].reply, Settled::done));
  EXPECT_EQ(state()->messages, 0U);
}

TEST_F(JetStreamConsumerTest, AWorkerThatDiesLosesNothing) {
  make(std::chrono::milliseconds(200));
  {
    TestLink dying(server_->url());
    ASSERT_TRUE(dying.connects());
    JetStream its_streams(*dying);
    Pulled pulled(dying, "dying.bill", "bill");
    ASSERT_TRUE(publish("kx.note.bill", "1", "not lost"));
    ASSERT_TRUE(its_streams.pull("notes", "bill", {.batch = 1}, "dying.bill"));
    ASSERT_TRUE(dying.until([&] { return pulled.messages.size() == 1; }));
  }
  Pulled pulled(*link_, "own.bill", "bill");
  pull(1);
  ASSERT_TRUE(link_->until([&] { return pulled.messages.size() == 1; }));
  EXPECT_EQ(pulled.messages[0].payload, "not lost");
  EXPECT_GE(pulled.messages[0].delivery.delivered, 2U);
}

TEST_F(JetStreamConsumerTest, DeliveredAgainAfterAPause) {
  make(std::chrono::seconds(60));
  Pulled pulled(*link_, "own.bill", "bill");
  ASSERT_TRUE(publish("kx.note.bill", "1"));
  pull(1);
  ASSERT_TRUE(link_->until([&] { return pulled.messages.size() == 1; }));
  constexpr std::chrono::milliseconds kPause{300};
  const TimePoint begun = Clock::now();
  ASSERT_TRUE(settle(pulled.messages[0].reply, Settled::later, kPause));
  pull(1);
  ASSERT_TRUE(link_->until([&] { return pulled.messages.size() == 2; }));
  EXPECT_GE(Clock::now() - begun, kPause);
  EXPECT_EQ(pulled.messages[1].delivery.delivered, 2U);
  // At once.
  ASSERT_TRUE(settle(pulled.messages[1].reply, Settled::later));
  pull(1);
  ASSERT_TRUE(link_->until([&] { return pulled.messages.size() == 3; }));
}

TEST_F(JetStreamConsumerTest, WhatIsInProgressIsNotDeliveredAgain) {
  make(std::chrono::seconds(1));
  Pulled pulled(*link_, "own.bill", "bill");
  ASSERT_TRUE(publish("kx.note.bill", "1"));
  pull(2);
  ASSERT_TRUE(link_->until([&] { return pulled.messages.size() == 1; }));
  // Each of them puts the end of ack_wait off. A machine that is busy beyond ack_wait proves
  // nothing: then this test says nothing.
  const TimePoint until = Clock::now() + std::chrono::milliseconds(2500);
  TimePoint last = Clock::now();
  bool was_late = false;
  while (Clock::now() < until) {
    was_late = was_late || Clock::now() - last > std::chrono::milliseconds(500);
    last = Clock::now();
    ASSERT_TRUE(streams_->in_progress(pulled.messages[0].reply));
    link_->turn(50);
  }
  if (!was_late) {
    EXPECT_THAT(pulled.messages, SizeIs(1));
  }
  ASSERT_TRUE(settle(pulled.messages[0].reply, Settled::done));
}

TEST_F(JetStreamConsumerTest, PendingMessagesAreThereAfterARestart) {
  make(std::chrono::seconds(1));
  ASSERT_TRUE(publish("kx.note.bill", "1", "kept"));
  server_->kill();
  ASSERT_TRUE(server_->start()) << server_->log();
  ASSERT_TRUE(link_->connects());
  Pulled pulled(*link_, "own.bill", "bill");
  const TimePoint deadline = soon();
  while (pulled.messages.empty() && Clock::now() < deadline) {
    pull(1, std::chrono::milliseconds(300));  // a server that has just begun may not have it yet
    for (int i = 0; i < 10 && pulled.messages.empty(); ++i) {
      link_->turn(50);
    }
  }
  ASSERT_THAT(pulled.messages, testing::Not(IsEmpty()));
  EXPECT_EQ(pulled.messages[0].payload, "kept");
}

}  // namespace
}  // namespace kamexec::nats

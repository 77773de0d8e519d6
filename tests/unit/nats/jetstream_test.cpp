// SPDX-License-Identifier: GPL-2.0-or-later
// JetStream on a real nats-server: messages stored once, streams, and what lies in them.
#include <csignal>

#include "jetstream_fixture.h"

namespace kamexec::nats {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

TEST_F(JetStreamTest, AMessageIsStoredOnce) {
  ASSERT_TRUE(ensure(notes()));
  const auto first = publish("kx.note.bill", "id1", "one");
  ASSERT_TRUE(first) << first.error().detail;
  EXPECT_EQ(first->stream, "notes");
  EXPECT_EQ(first->sequence, 1U);
  EXPECT_FALSE(first->duplicate);
  const auto again = publish("kx.note.bill", "id1", "one");
  ASSERT_TRUE(again) << again.error().detail;
  EXPECT_TRUE(again->duplicate);
  EXPECT_EQ(again->sequence, 1U);
  ASSERT_TRUE(publish("kx.note.alarm", "id2"));
  const auto now = state("kx.note.>");
  ASSERT_TRUE(now) << now.error().detail;
  EXPECT_EQ(now->messages, 2U);
  EXPECT_THAT(now->by_subject, ElementsAre(Pair("kx.note.alarm", 1), Pair("kx.note.bill", 1)));
  ASSERT_TRUE(now->oldest);
  EXPECT_LT(std::chrono::abs(*now->oldest - std::chrono::system_clock::now()),
            std::chrono::hours(1));
}

TEST_F(JetStreamTest, NoStreamTakesIt) {
  const auto published = publish("kx.note.bill", "id");
  ASSERT_FALSE(published);
  EXPECT_EQ(published.error().fault, StreamFault::unavailable);
  EXPECT_THAT(published.error().detail, HasSubstr("no stream takes it"));
}

TEST_F(JetStreamTest, AnotherStreamThanTheOneMeantIsRefused) {
  ASSERT_TRUE(ensure(notes()));
  const auto published = told<Published>([&](TimePoint deadline, auto done) {
    return streams_->publish({.subject = "kx.note.bill", .id = "id", .stream = "other"}, deadline,
                             std::move(done));
  });
  ASSERT_FALSE(published);
  EXPECT_EQ(published.error().fault, StreamFault::refused) << published.error().detail;
  EXPECT_EQ(state()->messages, 0U);
}

TEST_F(JetStreamTest, AFullStreamRefuses) {
  StreamConfig config = notes();
  config.max_messages = 2;
  ASSERT_TRUE(ensure(config));
  ASSERT_TRUE(publish("kx.note.bill", "id1"));
  ASSERT_TRUE(publish("kx.note.bill", "id2"));
  const auto third = publish("kx.note.bill", "id3");
  ASSERT_FALSE(third);
  EXPECT_EQ(third.error().fault, StreamFault::full);
  EXPECT_EQ(third.error().code, 10077);
  EXPECT_THAT(third.error().detail, HasSubstr("maximum messages exceeded"));
  EXPECT_EQ(state()->messages, 2U);
}

TEST_F(JetStreamTest, WhatIsTooLargeIsNotSent) {
  ASSERT_TRUE(ensure(notes()));
  const auto published = publish("kx.note.bill", "id", std::string(std::size_t{2} << 20, 'x'));
  ASSERT_FALSE(published);
  EXPECT_EQ(published.error().fault, StreamFault::too_large);
}

TEST_F(JetStreamTest, WithoutAServerNothingIsSent) {
  server_->kill();
  ASSERT_TRUE(link_->until([&] { return !(*link_)->state().connected; }));
  const auto published = publish("kx.note.bill", "id");
  ASSERT_FALSE(published);
  EXPECT_EQ(published.error().fault, StreamFault::unavailable);
  EXPECT_THAT(published.error().detail, HasSubstr("no NATS server is connected"));
}

TEST_F(JetStreamTest, AServerWithoutJetStream) {
  NatsServer plain;
  ASSERT_TRUE(plain.start());
  streams_.reset();
  link_.emplace(plain.url());
  ASSERT_TRUE(link_->connects());
  streams_.emplace(**link_);
  const auto made = ensure(notes());
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().fault, StreamFault::unavailable);
  EXPECT_THAT(made.error().detail, HasSubstr("JetStream is off"));
}

// The server is killed when it may have stored it and hasn't said so: sent again with the same id
// it is stored once.
TEST_F(JetStreamTest, KilledBeforeItsAnswer) {
  ASSERT_TRUE(ensure(notes()));
  ASSERT_TRUE(publish("kx.note.bill", "before"));
  for (int round = 0; round < 5; ++round) {
    const std::string id = "round" + std::to_string(round);
    Told<Published> lost;
    server_->signal(SIGSTOP);
    ASSERT_TRUE(streams_->publish({.subject = "kx.note.bill", .id = id, .payload = "x"}, soon(),
                                  lost.done()));
    (*link_)->settle();
    server_->signal(SIGCONT);
    server_->kill();
    ASSERT_TRUE(link_->until([&] { return lost.answer.has_value(); }));
    ASSERT_TRUE(server_->start()) << server_->log();
    ASSERT_TRUE(link_->connects());
    if (!*lost.answer) {  // in the other case it was faster than its end
      EXPECT_EQ(lost.answer->error().fault, StreamFault::unknown);
    }
    const auto again = publish("kx.note.bill", id);
    ASSERT_TRUE(again) << again.error().detail;
    EXPECT_EQ(state()->messages, static_cast<std::uint64_t>(round) + 2);
  }
  // It was stored for certain, and nobody was told.
  const std::uint64_t before = state()->messages;
  const std::vector<Header> headers{{"Nats-Msg-Id", "untold"}};
  ASSERT_TRUE((*link_)->publish({.subject = "kx.note.bill", .headers = headers, .payload = "x"}));
  const TimePoint deadline = soon();
  while (state()->messages == before && Clock::now() < deadline) {
  }
  const std::uint64_t lost_before = (*link_)->state().lost;
  server_->kill();
  ASSERT_TRUE(server_->start()) << server_->log();
  ASSERT_TRUE(link_->until([&] { return (*link_)->state().lost > lost_before; }));
  ASSERT_TRUE(link_->connects());
  const auto untold = publish("kx.note.bill", "untold");
  ASSERT_TRUE(untold) << untold.error().detail;
  EXPECT_TRUE(untold->duplicate);
  EXPECT_EQ(state()->messages, before + 1);
  // What was stored before a restart is known after it.
  const auto known = publish("kx.note.bill", "before");
  ASSERT_TRUE(known) << known.error().detail;
  EXPECT_TRUE(known->duplicate);
}

TEST_F(JetStreamTest, AStreamThatIsThereIsNotMadeAnew) {
  ASSERT_TRUE(ensure(notes()));
  ASSERT_TRUE(publish("kx.note.bill", "id"));
  const auto there = ensure(notes());
  ASSERT_TRUE(there) << there.error().detail;
  EXPECT_EQ(there->messages, 1U);
}

TEST_F(JetStreamTest, AStreamThatDiffersIsNamedWithTheFieldAndNotChanged) {
  ASSERT_TRUE(ensure(notes()));
  StreamConfig other = notes();
  other.replicas = 3;
  other.max_messages = 5;
  other.max_age = std::chrono::hours(1);
  const auto there = ensure(other);
  ASSERT_FALSE(there);
  EXPECT_EQ(there.error().fault, StreamFault::differs);
  EXPECT_EQ(there.error().detail,
            "the stream notes is there with max_age 0 instead of 3600000000000, max_msgs -1 "
            "instead of 5, num_replicas 1 instead of 3: change it (by `nats stream edit notes`; or "
            "remove it where it is empty, and it is made anew), or what is asked for");
  EXPECT_TRUE(ensure(notes()));
}

TEST_F(JetStreamTest, ReplicasNeedACluster) {
  StreamConfig config = notes();
  config.replicas = 3;
  const auto made = ensure(config);
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error().detail, HasSubstr("replicas > 1 not supported"));
}

TEST_F(JetStreamTest, ASubjectOfAnotherStreamIsRefused) {
  ASSERT_TRUE(ensure(notes()));
  StreamConfig other = notes();
  other.name = "others";
  const auto made = ensure(other);
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error().detail, HasSubstr("subjects overlap"));
}

TEST_F(JetStreamTest, AConsumerThatDiffers) {
  ASSERT_TRUE(ensure(notes()));
  ConsumerConfig config{.name = "bill", .filter_subject = "kx.note.bill"};
  ASSERT_TRUE(ensure(config));
  const auto there = ensure(config);
  EXPECT_TRUE(there) << there.error().detail;
  config.ack_wait = std::chrono::seconds(60);
  const auto other = ensure(config);
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().fault, StreamFault::differs);
  EXPECT_THAT(other.error().detail, HasSubstr("the consumer bill of the stream notes is there with "
                                              "ack_wait 30000000000 instead of 60000000000"));
  const auto without = told<ConsumerState>([&](TimePoint deadline, auto done) {
    return streams_->ensure_consumer("unknown", config, deadline, std::move(done));
  });
  ASSERT_FALSE(without);
  EXPECT_EQ(without.error().fault, StreamFault::absent) << without.error().detail;
}

TEST_F(JetStreamTest, MessagesAreReadAndErased) {
  ASSERT_TRUE(ensure(notes()));
  const std::string bytes("a\0\r\n\xff", 5);
  const std::vector<Header> headers{{"Kamexec-Reason", "it failed"}};
  ASSERT_TRUE(publish("kx.note.alarm", "other"));
  ASSERT_TRUE(told<Published>([&](TimePoint deadline, auto done) {
    return streams_->publish(
        {.subject = "kx.note.bill", .id = "id", .headers = headers, .payload = bytes}, deadline,
        std::move(done));
  }));
  const auto next = [&](std::uint64_t from) {
    return told<StreamMessage>([&](TimePoint deadline, auto done) {
      return streams_->get_next("notes", "kx.note.bill", from, deadline, std::move(done));
    });
  };
  const auto found = next(1);
  ASSERT_TRUE(found) << found.error().detail;
  EXPECT_EQ(found->subject, "kx.note.bill");
  EXPECT_EQ(found->sequence, 2U);
  EXPECT_EQ(found->payload, bytes);
  EXPECT_EQ(found->header("Kamexec-Reason"), "it failed");
  EXPECT_EQ(found->header("Nats-Msg-Id"), "id");
  EXPECT_TRUE(found->stored_at);
  EXPECT_EQ(next(3).error().fault, StreamFault::absent);

  const auto get = [&](std::uint64_t sequence) {
    return told<StreamMessage>([&](TimePoint deadline, auto done) {
      return streams_->get("notes", sequence, deadline, std::move(done));
    });
  };
  EXPECT_EQ(get(2)->payload, bytes);
  EXPECT_TRUE(told<void>([&](TimePoint deadline, auto done) {
    return streams_->erase("notes", 2, deadline, std::move(done));
  }));
  EXPECT_EQ(get(2).error().fault, StreamFault::absent);
  const auto purged = told<std::uint64_t>([&](TimePoint deadline, auto done) {
    return streams_->purge("notes", "kx.note.alarm", deadline, std::move(done));
  });
  ASSERT_TRUE(purged) << purged.error().detail;
  EXPECT_EQ(*purged, 1U);
  EXPECT_EQ(state()->messages, 0U);
}

TEST_F(JetStreamTest, WhatIsUnderWayIsNotToldAfterItsEnd) {
  Told<StreamState> told;
  ASSERT_TRUE(streams_->ensure_stream(notes(), soon(), told.done()));
  streams_.reset();
  const auto other = link_->request({.subject = "nobody"});
  ASSERT_TRUE(link_->until([&] { return TestLink::is_over(*other); }));
  EXPECT_FALSE(told.answer.has_value());
}

}  // namespace
}  // namespace kamexec::nats

// SPDX-License-Identifier: GPL-2.0-or-later
// What the other tests rest on: the fake behaves as the interface says.
#include "fake_link.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>

namespace kamexec::fleet::test {
namespace {

using nats::Failure;
using nats::Incoming;
using testing::ElementsAre;
using testing::IsEmpty;

struct Asked {
  std::vector<std::string> said;
  nats::RequestId ask(FakeLink& link, std::string_view subject, TimePoint deadline = kNoDeadline) {
    const auto id = link.request(
        {.subject = subject, .payload = "q"}, deadline,
        [this](const Incoming& answer) { said.emplace_back(answer.payload()); },
        [this](const nats::Trouble& trouble) { said.emplace_back(in_words(trouble.failure)); });
    if (!id) {
      said.push_back("at once: " + std::string(in_words(id.error())));
    }
    return id.value_or(0);
  }
};

/// A link that answers what it gets.
struct Answering {
  explicit Answering(FakeServer& server, std::string name, std::string queue = "kx")
      : link(server.connect()) {
    subscription = link->subscribe("call.*", std::move(queue), [this, name](const Incoming& call) {
      ++got;
      static_cast<void>(link->publish({.subject = call.reply(), .payload = name}));
    });
  }
  std::unique_ptr<FakeLink> link;
  nats::SubscriptionId subscription = 0;
  int got = 0;
};

TEST(FakeLink, MatchesSubjects) {
  EXPECT_TRUE(matches("a.b", "a.b"));
  EXPECT_TRUE(matches("a.*.c", "a.b.c"));
  EXPECT_TRUE(matches("a.>", "a.b.c"));
  EXPECT_FALSE(matches("a.*", "a.b.c"));
  EXPECT_FALSE(matches("a.b", "a"));
  EXPECT_FALSE(matches("a.>", "a"));
  EXPECT_FALSE(matches("a", "b"));
}

TEST(FakeLink, OneOfAGroupAnswers) {
  FakeServer server;
  Answering first(server, "first");
  Answering second(server, "second");
  const auto link = server.connect();
  server.choose = [](std::size_t) { return 1; };
  Asked asked;
  asked.ask(*link, "call.a");
  EXPECT_THAT(asked.said, IsEmpty());
  server.settle();
  EXPECT_THAT(asked.said, ElementsAre("second"));
  EXPECT_EQ(first.got, 0);
}

TEST(FakeLink, NobodyServes) {
  FakeServer server;
  const auto link = server.connect();
  Asked asked;
  asked.ask(*link, "call.a");
  EXPECT_THAT(asked.said, IsEmpty());
  server.settle();
  EXPECT_THAT(asked.said, ElementsAre("nobody serves it"));
}

TEST(FakeLink, WhatIsSentIsLostWithTheConnection) {
  FakeServer server;
  Answering worker(server, "w");
  worker.link->frozen = true;
  const auto link = server.connect();
  Asked asked;
  asked.ask(*link, "call.a");
  link->cut_off();
  server.settle();
  EXPECT_THAT(asked.said, ElementsAre("the connection to NATS was lost after it was sent"));
  asked.ask(*link, "call.a");
  EXPECT_EQ(asked.said.back(), "at once: no NATS server is connected");
  worker.link->frozen = false;
  link->restore();
  server.settle();
  EXPECT_EQ(link->state().late, 0U);  // it has another inbox by now, or none
  asked.ask(*link, "call.a");
  server.settle();
  EXPECT_EQ(asked.said.back(), "w");
}

TEST(FakeLink, RefusesAndLosesOnDemand) {
  FakeServer server;
  Answering worker(server, "w");
  const auto link = server.connect();
  Asked asked;
  server.deny("call.*");
  asked.ask(*link, "call.a");
  server.settle();
  EXPECT_EQ(asked.said.back(), "the NATS server doesn't permit it");
  server.permit_all();
  link->fail_next(Failure::no_memory, true);
  asked.ask(*link, "call.a");
  EXPECT_EQ(asked.said.back(), "at once: as much waits to be sent to NATS as may");
  server.max_payload = 0;
  asked.ask(*link, "call.a");
  EXPECT_EQ(asked.said.back(), "at once: it is larger than the NATS server takes (max_payload)");
  server.max_payload = 100;
  server.lose("call.a", 1);
  TimePoint now = Clock::now();
  server.now = [&now] { return now; };
  asked.ask(*link, "call.a", now + std::chrono::seconds(1));
  server.settle();
  EXPECT_EQ(link->requests_under_way(), 1U);
  now += std::chrono::seconds(1);
  link->step();
  EXPECT_EQ(asked.said.back(), "nobody has answered in time");
  EXPECT_EQ(worker.got, 0);
}

TEST(FakeLink, AnAnswerThatNobodyWaitsForIsCounted) {
  FakeServer server;
  Answering worker(server, "w", "");
  Answering other(server, "o", "");
  const auto link = server.connect();
  Asked asked;
  const nats::RequestId forgotten = asked.ask(*link, "call.a");
  link->forget(forgotten);
  asked.ask(*link, "call.a");
  server.settle();
  EXPECT_EQ(asked.said.size(), 1U);
  EXPECT_EQ(link->state().late, 3U);
}

TEST(FakeLink, WhatCameBeforeTheEndOfASubscriptionIsHandled) {
  FakeServer server;
  Answering worker(server, "w");
  const auto link = server.connect();
  Asked asked;
  asked.ask(*link, "call.a");
  bool done = false;
  worker.link->unsubscribe(worker.subscription, [&] { done = worker.got == 1; });
  asked.ask(*link, "call.a");
  server.settle();
  EXPECT_TRUE(done);
  EXPECT_THAT(asked.said, testing::UnorderedElementsAre("w", "nobody serves it"));
}

TEST(FakeLink, IsReadableWhileSomethingIsToBeDone) {
  FakeServer server;
  const auto link = server.connect();
  pollfd entry{link->fd(), POLLIN, 0};
  EXPECT_EQ(::poll(&entry, 1, 0), 0);
  Asked asked;
  asked.ask(*link, "call.a");
  EXPECT_EQ(::poll(&entry, 1, 10'000), 1);
  link->step();
  EXPECT_EQ(::poll(&entry, 1, 0), 0);
  int changes = 0;
  link->on_change([&] { ++changes; });
  server.down();
  EXPECT_EQ(::poll(&entry, 1, 10'000), 1);
  link->step();
  server.up();
  link->step();
  EXPECT_EQ(changes, 2);
}

}  // namespace
}  // namespace kamexec::fleet::test

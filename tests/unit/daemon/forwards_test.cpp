// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/forwards.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <thread>

#include "daemon/attempts.h"
#include "fleet/fake_link.h"
#include "note_store.h"

namespace kamexec::daemon {
namespace {

using fleet::test::FakeServer;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using Kind = AttemptEnd::Kind;

stored::Notification notification(const std::string& id) {
  stored::Notification made;
  made.id = id;
  made.program = "bill";
  made.call = "cmd";
  made.arguments = {"alice"};
  return made;
}

class ForwardsTest : public testing::Test {
 protected:
  ForwardsTest() { forwards.set_publisher(&publisher); }

  /// Until @p holds, or for very long.
  template <typename Holds>
  void turn_until(Holds holds) {
    const TimePoint end = after(Clock::now(), std::chrono::seconds(60));
    while (!holds() && Clock::now() < end) {
      forwards.deliver(Clock::now());
      server.settle();
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    EXPECT_TRUE(holds());
  }

  FakeServer server;
  std::unique_ptr<fleet::test::FakeLink> link = server.connect();
  NoteStore store{server};
  nats::JetStream streams{*link};
  fleet::NoteStreams checked{*link, streams, fleet::Subjects(), {}};
  fleet::NotePublisher publisher{*link, streams, checked, fleet::Subjects()};
  std::vector<std::pair<std::string, Kind>> ended;
  Forwards forwards{[this](const std::string& id, const process::RunResult& result) {
    ended.emplace_back(id, end_of(result, stored::wall_now()).kind);
  }};
};

constexpr const char* kStored = R"({"stream": "kx-note", "seq": 1})";
constexpr const char* kFull =
    R"({"error": {"code": 503, "err_code": 10077, "description": "maximum messages exceeded"}})";

TEST_F(ForwardsTest, IsOverWhenTheFleetHasIt) {
  store.say(kStored);
  const auto one = notification("a1");
  forwards.begin(one);
  EXPECT_EQ(forwards.wake_at(), TimePoint::min());
  turn_until([&] { return !ended.empty(); });
  EXPECT_THAT(ended, ElementsAre(Pair("a1", Kind::done)));
  EXPECT_EQ(forwards.wake_at(), kNoDeadline);
  EXPECT_EQ(server.sent_to("kx.note.bill").size(), 1U);
}

TEST_F(ForwardsTest, IsTriedUntilTheFleetTakesIt) {
  const auto one = notification("a1");
  forwards.begin(one);
  turn_until([&] { return !forwards.trouble("bill").value_or("").empty(); });
  EXPECT_THAT(forwards.trouble("bill").value_or(""), HasSubstr("the fleet's store doesn't take"));
  EXPECT_THAT(ended, IsEmpty());
  store.say(kFull);
  turn_until([&] { return server.sent_to("kx.note.bill").size() > 1; });
  EXPECT_THAT(ended, IsEmpty());
  store.say(kStored);
  turn_until([&] { return !ended.empty(); });
  EXPECT_THAT(ended, ElementsAre(Pair("a1", Kind::done)));
  EXPECT_EQ(forwards.trouble("bill"), std::nullopt);
}

TEST_F(ForwardsTest, WaitsForAConnection) {
  store.say(kStored);
  server.down();
  const auto one = notification("a1");
  forwards.begin(one);
  forwards.deliver(Clock::now());
  EXPECT_EQ(forwards.wake_at(), kNoDeadline) << "there is nothing to be done";
  EXPECT_THAT(forwards.trouble("bill").value_or(""), HasSubstr("no NATS server is connected"));
  EXPECT_EQ(forwards.trouble("other"), std::nullopt);
  server.up();
  turn_until([&] { return !ended.empty(); });
  EXPECT_THAT(ended, ElementsAre(Pair("a1", Kind::done)));
}

TEST_F(ForwardsTest, WhatIsTooLargeHasFailed) {
  store.say(kStored);
  auto one = notification("a1");
  one.message.assign(server.max_payload, 'x');
  forwards.begin(one);
  turn_until([&] { return !ended.empty(); });
  EXPECT_THAT(ended, ElementsAre(Pair("a1", Kind::failed)));
}

TEST_F(ForwardsTest, GivesBackWhatIsNotForTheFleetAnyMore) {
  server.down();
  const auto one = notification("a1");
  forwards.begin(one);
  forwards.keep_only([](std::string_view program) { return program == "bill"; });
  forwards.deliver(Clock::now());
  EXPECT_THAT(ended, IsEmpty());
  forwards.keep_only([](std::string_view) { return false; });
  EXPECT_EQ(forwards.wake_at(), TimePoint::min());
  forwards.deliver(Clock::now());
  EXPECT_THAT(ended, ElementsAre(Pair("a1", Kind::killed)));
}

TEST_F(ForwardsTest, AfterStopNothingIsBegunAndWhatIsUnderWayEnds) {
  store.say(kStored);
  const auto one = notification("a1");
  const auto other = notification("a2");
  forwards.begin(one);
  forwards.deliver(Clock::now());
  forwards.stop();
  forwards.begin(other);
  forwards.deliver(Clock::now());
  EXPECT_THAT(ended, ElementsAre(Pair("a2", Kind::killed)));
  turn_until([&] { return ended.size() == 2; });
  EXPECT_THAT(ended.back(), Pair("a1", Kind::done)) << "the fleet has it";
}

TEST_F(ForwardsTest, WithoutNatsItSaysSo) {
  forwards.set_publisher(nullptr);
  const auto one = notification("a1");
  forwards.begin(one);
  forwards.deliver(Clock::now());
  EXPECT_THAT(forwards.trouble("bill").value_or(""), HasSubstr("needs servers in [nats]"));
}

}  // namespace
}  // namespace kamexec::daemon

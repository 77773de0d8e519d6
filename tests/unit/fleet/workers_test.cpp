// SPDX-License-Identifier: GPL-2.0-or-later
// Who is asked a second time, and what is known of what workers want.
#include "fleet/workers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

namespace kamexec::fleet {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class WorkersTest : public testing::Test {
 protected:
  void answered(const std::string& id, const std::string& zone = "", bool refused = false,
                std::string_view wants = "uri env message input") {
    Answer answer;
    answer.worker = {id, zone};
    answer.wants = parts_named(wants);
    workers.answered("lcr", answer, refused, now);
    now += milliseconds(1);
  }
  [[nodiscard]] std::string chosen(std::string_view zone = "",
                                   std::vector<std::string> tried = {}) const {
    return std::string(workers.choose("lcr", zone, tried, now));
  }
  [[nodiscard]] std::string needs() const {
    const auto wanted = workers.needs("lcr", now);
    return wanted ? names_of(*wanted) : "nothing is known";
  }

  Workers workers;
  TimePoint now = TimePoint(std::chrono::hours(1));
};

TEST_F(WorkersTest, NobodyIsKnownAtFirst) {
  EXPECT_EQ(chosen(), "");
  workers.failed("lcr", "a");
  EXPECT_TRUE(workers.known("lcr").empty());
}

TEST_F(WorkersTest, TheOneThatAnsweredLastIsAsked) {
  answered("a");
  answered("b");
  EXPECT_EQ(chosen(), "b");
  answered("a");
  EXPECT_EQ(chosen(), "a");
  EXPECT_EQ(chosen("", {"a"}), "b");
  EXPECT_EQ(chosen("", {"a", "b"}), "");
  EXPECT_EQ(workers.choose("other", "", {}, now), "");
}

TEST_F(WorkersTest, OfTheZoneFirst) {
  answered("a", "north");
  answered("b", "north");
  answered("c", "south");
  EXPECT_EQ(chosen("north"), "b");
  EXPECT_EQ(chosen("north", {"a", "b"}), "c");
  EXPECT_EQ(chosen("west"), "c");
  EXPECT_EQ(chosen(), "c");
}

TEST_F(WorkersTest, NotWhoHasRefusedUntilItTakesOne) {
  answered("a");
  answered("b", "", true);
  EXPECT_EQ(chosen(), "a");
  answered("b");
  EXPECT_EQ(chosen(), "b");
}

TEST_F(WorkersTest, NotWhoHasFailedUntilItAnswers) {
  answered("a");
  workers.failed("lcr", "a");
  EXPECT_EQ(chosen(), "");
  answered("a");
  EXPECT_EQ(chosen(), "a");
}

TEST_F(WorkersTest, NotWhoHasNotAnsweredForLong) {
  answered("a");
  now += Workers::kLately - milliseconds(1);
  EXPECT_EQ(chosen(), "a");
  now += milliseconds(1);
  EXPECT_EQ(chosen(), "");
}

TEST_F(WorkersTest, FullOnesTooWhereOnlySilenceCounts) {
  answered("a");
  answered("b", "", true);
  const auto choose = [this](std::vector<std::string> tried) {
    return std::string(workers.choose("lcr", "", tried, now, Workers::Among::all));
  };
  EXPECT_EQ(choose({}), "b");
  EXPECT_EQ(choose({"b"}), "a");
  workers.failed("lcr", "b");
  EXPECT_EQ(choose({}), "a");
}

TEST_F(WorkersTest, AreSilentSince) {
  const TimePoint before = now;
  answered("a");
  EXPECT_TRUE(workers.has_answered_since("lcr", "a", before));
  EXPECT_FALSE(workers.has_answered_since("lcr", "a", now));
  EXPECT_FALSE(workers.has_answered_since("lcr", "b", before));
  EXPECT_FALSE(workers.has_answered_since("other", "a", before));
  workers.failed("lcr", "a");
  EXPECT_FALSE(workers.has_answered_since("lcr", "a", before));
}

TEST_F(WorkersTest, NotWhoHasNoId) {
  answered("");
  EXPECT_EQ(chosen(), "");
  workers.failed("lcr", "");
  EXPECT_EQ(needs(), "uri env message input");
}

TEST_F(WorkersTest, WantWhatOneOfThemWants) {
  EXPECT_EQ(needs(), "nothing is known");
  answered("a", "", false, "-");
  EXPECT_EQ(needs(), "-");
  answered("b", "", true, "uri");  // who is full now will have room
  answered("c", "", false, "message");
  EXPECT_EQ(needs(), "uri message");
  answered("c", "", false, "-");
  EXPECT_EQ(needs(), "uri");
  answered("", "", false);  // a foreign one, which may want anything
  EXPECT_EQ(needs(), "uri env message input");
  now += Workers::kLately + milliseconds(1);
  EXPECT_EQ(needs(), "nothing is known");
}

TEST_F(WorkersTest, AreNoMoreThanMayBe) {
  for (std::size_t i = 0; i < 3 * Workers::kMost; ++i) {
    answered("w" + std::to_string(i));
  }
  EXPECT_EQ(workers.known("lcr").size(), Workers::kMost);
  EXPECT_EQ(chosen(), "w" + std::to_string(3 * Workers::kMost - 1));
}

TEST_F(WorkersTest, AreCounted) {
  answered("a");
  answered("a", "", true);
  answered("a");
  ASSERT_EQ(workers.known("lcr").size(), 1U);
  EXPECT_EQ(workers.known("lcr")[0].calls, 2U);
}

}  // namespace
}  // namespace kamexec::fleet

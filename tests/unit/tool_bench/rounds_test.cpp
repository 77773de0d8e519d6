// SPDX-License-Identifier: GPL-2.0-or-later
#include "tool/bench/rounds.h"

#include <gtest/gtest.h>

#include <thread>

namespace kamexec::tool {
namespace {

TEST(Quantile, LiesBetweenTwoValuesWhereNeedBe) {
  EXPECT_DOUBLE_EQ(quantile({5}, 0.25), 5);
  EXPECT_DOUBLE_EQ(quantile({3, 1, 2}, 0.5), 2);
  EXPECT_DOUBLE_EQ(quantile({4, 1, 3, 2}, 0.5), 2.5);
  EXPECT_DOUBLE_EQ(quantile({1, 2, 3, 4, 5}, 0.75), 4);
  EXPECT_DOUBLE_EQ(quantile({1, 2}, 1), 2);
}

TEST(CallsFor, KeepsARoundShort) {
  EXPECT_EQ(calls_for(1'000), 30);
  EXPECT_EQ(calls_for(1e9), 1);
  EXPECT_EQ(calls_for(0), 1'000);
}

class RoundsTest : public ::testing::Test {
 protected:
  Subject noting(char mark, int milliseconds = 0) {
    return {std::string(1, mark), std::string(1, mark),
            [this, mark, milliseconds]() -> Result<void> {
              order_ += mark;
              std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
              return {};
            }};
  }
  Contest contest_of(std::vector<Subject> subjects) { return {"title", std::move(subjects), {}}; }

  std::string order_;
};

TEST_F(RoundsTest, GoForwardsAndBackwards) {
  const Result<Measured> measured =
      measure(contest_of({noting('a'), noting('b'), noting('c')}), {kLeastRounds, 1, 10});
  ASSERT_TRUE(measured) << measured.error().message;
  EXPECT_EQ(order_,
            "aabbcc"
            "abccbaabccbaabccbaabc");
  EXPECT_EQ(measured->rounds, 7);
  EXPECT_EQ(measured->calls, 1);
}

TEST_F(RoundsTest, MeasureTheTimeOfOneCall) {
  const Result<Measured> measured =
      measure(contest_of({noting('a'), noting('b', 20)}), {kLeastRounds, 2, 10});
  ASSERT_TRUE(measured) << measured.error().message;
  EXPECT_GE(measured->subjects[1].first_quartile_us, 20'000);
  EXPECT_LT(measured->subjects[0].median_us, measured->subjects[1].median_us);
  EXPECT_LE(measured->subjects[0].first_quartile_us, measured->subjects[0].third_quartile_us);
}

TEST_F(RoundsTest, EndInTime) {
  const Result<Measured> measured = measure(contest_of({noting('a')}), {1'000, 1, 0});
  ASSERT_TRUE(measured) << measured.error().message;
  EXPECT_EQ(measured->rounds, kLeastRounds);
}

TEST_F(RoundsTest, NameWhatFailed) {
  const Subject failing{"x", "the third way", [] { return Result<void>(failure("of no use")); }};
  const Result<Measured> measured = measure(contest_of({noting('a'), failing}), {});
  ASSERT_FALSE(measured);
  EXPECT_EQ(measured.error().message, "the third way: of no use");
}

}  // namespace
}  // namespace kamexec::tool

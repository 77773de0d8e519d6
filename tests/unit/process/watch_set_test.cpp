// SPDX-License-Identifier: GPL-2.0-or-later
#include "process/watch_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/eventfd.h>

#include <set>
#include <vector>

namespace kamexec::process {
namespace {

using std::chrono::milliseconds;
using ::testing::SizeIs;

bool is_readable(int fd, int timeout_ms) {
  pollfd entry{fd, POLLIN, 0};
  return ::poll(&entry, 1, timeout_ms) == 1;
}

class WatchSetTest : public testing::Test {
 protected:
  WatchSet made() {
    auto made = WatchSet::create();
    EXPECT_TRUE(made) << made.error().message;
    return std::move(*made);
  }
  std::vector<WatchSet::Key> wait(TimePoint until) {
    const auto ready = set_.wait(until);
    EXPECT_TRUE(ready);
    return {ready->begin(), ready->end()};
  }

  WatchSet set_ = made();
};

TEST_F(WatchSetTest, GivesAllThatIsReadyInSeveralTurns) {
  std::vector<UniqueFd> events;
  for (std::size_t i = 0; i < 150; ++i) {
    events.emplace_back(::eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK));
    ASSERT_EQ(set_.add(events.back().get(), WatchSet::Readiness::read, i), 0);
  }
  std::set<WatchSet::Key> seen;
  for (int turn = 0; turn < 3; ++turn) {
    const auto keys = wait(TimePoint::min());
    seen.insert(keys.begin(), keys.end());
  }
  EXPECT_THAT(seen, SizeIs(150));
}

TEST_F(WatchSetTest, RingsAndIsSilentAgain) {
  EXPECT_FALSE(is_readable(set_.fd(), 0));
  set_.set_alarm(TimePoint::min());
  EXPECT_TRUE(is_readable(set_.fd(), 1000));
  EXPECT_THAT(wait(TimePoint::min()), SizeIs(0)) << "an alarm has no key";
  set_.set_alarm(kNoDeadline);
  EXPECT_FALSE(is_readable(set_.fd(), 0));
}

TEST_F(WatchSetTest, AnAlarmIsPutForwardAtOnce) {
  set_.set_alarm(after(Clock::now(), milliseconds(60'000)));
  set_.set_alarm(after(Clock::now(), milliseconds(5)));
  EXPECT_TRUE(is_readable(set_.fd(), 10'000));
}

TEST_F(WatchSetTest, AnAlarmThatWasPutOffRingsAtItsTimeAfterOneLook) {
  set_.set_alarm(after(Clock::now(), milliseconds(5)));
  const TimePoint later = after(Clock::now(), milliseconds(40));
  set_.set_alarm(later);
  EXPECT_TRUE(is_readable(set_.fd(), 10'000));
  static_cast<void>(wait(kNoDeadline));
  set_.set_alarm(later);  // what an owner does after each look
  static_cast<void>(wait(kNoDeadline));
  EXPECT_GE(Clock::now(), later);
}

TEST_F(WatchSetTest, WaitsUntilATimeWithoutAnAlarm) {
  const TimePoint until = after(Clock::now(), milliseconds(10));
  EXPECT_THAT(wait(until), SizeIs(0));
  EXPECT_GE(Clock::now(), until);
}

}  // namespace
}  // namespace kamexec::process

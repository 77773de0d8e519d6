// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/event_loop.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <functional>

namespace kamexec::daemon {
namespace {

/// A pipe with a byte in it, and what is done when the loop tells of that.
class Ready final : public EventHandler {
 public:
  Ready() {
    std::array<int, 2> ends{-1, -1};
    EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK), 0);
    reads.reset(ends[0]);
    writes.reset(ends[1]);
    EXPECT_EQ(::write(writes.get(), "x", 1), 1);
  }
  void on_events(std::uint32_t) override {
    ++told;
    if (then) {
      then();
    }
  }

  UniqueFd reads, writes;
  int told = 0;
  std::function<void()> then;
};

TEST(EventLoop, TellsUntilItIsToldNotTo) {
  EventLoop loop = std::move(*EventLoop::create());
  Ready one;
  ASSERT_EQ(loop.add(one.reads.get(), EPOLLIN, one), 0);
  for (int i = 1; i <= 2; ++i) {
    ASSERT_TRUE(loop.turn(Clock::now()));
    EXPECT_EQ(one.told, i);
  }
  loop.change(one.reads.get(), 0, one);
  ASSERT_TRUE(loop.turn(Clock::now()));
  EXPECT_EQ(one.told, 2);
  loop.change(one.reads.get(), EPOLLIN, one);
  ASSERT_TRUE(loop.turn(Clock::now()));
  EXPECT_EQ(one.told, 3);
  loop.remove(one.reads.get(), one);
  ASSERT_TRUE(loop.turn(Clock::now()));
  EXPECT_EQ(one.told, 3);
}

TEST(EventLoop, OneThatIsRemovedInATurnIsNotToldInIt) {
  EventLoop loop = std::move(*EventLoop::create());
  std::array<Ready, 2> both;
  for (Ready& one : both) {
    ASSERT_EQ(loop.add(one.reads.get(), EPOLLIN, one), 0);
  }
  // Whoever comes first removes the other one.
  both[0].then = [&] { loop.remove(both[1].reads.get(), both[1]); };
  both[1].then = [&] { loop.remove(both[0].reads.get(), both[0]); };
  ASSERT_TRUE(loop.turn(Clock::now()));
  EXPECT_EQ(both[0].told + both[1].told, 1);
}

TEST(EventLoop, WaitsUntilTheTime) {
  EventLoop loop = std::move(*EventLoop::create());
  const TimePoint until = Clock::now() + std::chrono::milliseconds(20);
  ASSERT_TRUE(loop.turn(until));
  EXPECT_GE(Clock::now(), until);
}

}  // namespace
}  // namespace kamexec::daemon

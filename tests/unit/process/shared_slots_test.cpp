// SPDX-License-Identifier: GPL-2.0-or-later
// Two supervisors, as those of two processes, with slots in common.
#include "process/shared_slots.h"

#include <memory>

#include "fixture.h"
#include "process/deferred_reap.h"
#include "process/supervisor.h"

namespace kamexec::process {
namespace {

class CountedSlots : public SharedSlots {
 public:
  CountedSlots(std::size_t most, std::size_t queue) : most_(most), queue_(queue) {}
  bool take() override { return running < most_ ? (++running, true) : false; }
  void give_back() override { --running; }
  bool join_queue() override { return waiting < queue_ ? (++waiting, true) : false; }
  void leave_queue() override { --waiting; }

  std::size_t running = 0;
  std::size_t waiting = 0;

 private:
  std::size_t most_;
  std::size_t queue_;
};

class SharedSlotsTest : public ProcessTest {
 protected:
  std::unique_ptr<Supervisor> make(CountedSlots& slots, SupervisorLimits limits = {}) {
    limits.slots = &slots;
    auto made = Supervisor::create(limits);
    EXPECT_TRUE(made);
    return std::move(*made);
  }
  static tl::expected<JobId, Outcome> submit(Supervisor& to, const char* program, int& ended) {
    ProgramStart start;
    start.program = program;
    RunOptions options;
    options.timeout = kGenerous;
    return to.submit(start, options, [&ended](JobId, const RunResult& result) {
      ended += result.outcome.cause == Cause::ok ? 1 : 0;
    });
  }
};

TEST_F(SharedSlotsTest, HoldForAllTogether) {
  CountedSlots slots(2, 100);
  const auto first = make(slots);
  const auto second = make(slots);
  int ended = 0;
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(submit(*first, "/bin/true", ended));
    ASSERT_TRUE(submit(*second, "/bin/true", ended));
  }
  EXPECT_EQ(first->running() + second->running(), 2U);
  EXPECT_EQ(slots.waiting, 8U);
  const TimePoint until = after(Clock::now(), kGenerous);
  while (!(first->idle() && second->idle()) && Clock::now() < until) {
    // One that waits for a place of the other's looks for it by itself.
    first->step(after(Clock::now(), std::chrono::milliseconds(50)));
    EXPECT_LE(first->running() + second->running(), 2U);
    second->step(after(Clock::now(), std::chrono::milliseconds(50)));
    EXPECT_LE(first->running() + second->running(), 2U);
  }
  EXPECT_EQ(ended, 10);
  EXPECT_EQ(slots.running, 0U);
  EXPECT_EQ(slots.waiting, 0U);
}

TEST_F(SharedSlotsTest, AFullQueueOfAllRefuses) {
  CountedSlots slots(0, 1);
  const auto first = make(slots);
  const auto second = make(slots);
  int ended = 0;
  const auto waits = submit(*first, "/bin/true", ended);
  ASSERT_TRUE(waits);
  const auto refused = submit(*second, "/bin/true", ended);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().cause, Cause::refused);
  EXPECT_TRUE(first->cancel(*waits));
  EXPECT_EQ(slots.waiting, 0U);
  EXPECT_TRUE(submit(*second, "/bin/true", ended));
}

TEST_F(SharedSlotsTest, AreGivenBackWithTheSupervisor) {
  CountedSlots slots(1, 100);
  int ended = 0;
  const int before = open_descriptors();
  {
    const auto gone = make(slots);
    ASSERT_TRUE(submit(*gone, "/bin/cat", ended));
    ASSERT_TRUE(submit(*gone, "/bin/cat", ended));
    EXPECT_EQ(slots.running, 1U);
    EXPECT_EQ(slots.waiting, 1U);
  }
  EXPECT_TRUE(eventually([before] {  // what it killed is reaped by whoever runs next
    reap_deferred();
    return open_descriptors() == before;
  }));
  EXPECT_EQ(slots.running, 0U);
  EXPECT_EQ(slots.waiting, 0U);
}

}  // namespace
}  // namespace kamexec::process

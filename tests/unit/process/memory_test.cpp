// SPDX-License-Identifier: GPL-2.0-or-later
// A supervisor short of memory: each allocation of its way fails once, and once with those behind
// it. Every job ends once, or was never taken; no slot is lost.
#include <array>
#include <new>

#include "fixture.h"
#include "process/supervisor.h"
#include "process/timer_queue.h"
#include "support/allocations.h"
#include "support/sanitized.h"

namespace kamexec::process {
namespace {

class CountedSlots : public SharedSlots {
 public:
  bool take() override { return running < 2 ? (++running, true) : false; }
  void give_back() override { --running; }
  bool join_queue() override { return ++waiting, true; }
  void leave_queue() override { --waiting; }
  int running = 0;
  int waiting = 0;
};

constexpr std::size_t kJobs = 4;

#ifdef KAMEXEC_SANITIZED
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

class MemoryTest : public ProcessTest {
 protected:
  void submit(Supervisor& to, std::size_t i) {
    static const char* const kWords[] = {"/bin/sh", "-c", "echo out; cat; echo err >&2", nullptr};
    ProgramStart start;
    start.program = kWords[0];
    start.argv = const_cast<char* const*>(kWords);
    RunOptions options = capturing();
    options.timeout = kGenerous;
    options.input = "input";
    try {
      taken_[i] = to.submit(start, options, [this, i](JobId, const RunResult& result) {
                      ++ended_[i];
                      causes_[i] = result.outcome.cause;
                    }).has_value();
    } catch (const std::bad_alloc&) {
      taken_[i] = false;
    }
  }

  /// Whether an allocation has failed.
  bool run_with_failures(std::size_t good, std::size_t bad) {
    taken_ = {};
    ended_ = {};
    CountedSlots slots;
    SupervisorLimits limits;
    limits.slots = &slots;
    auto made = Supervisor::create(limits);
    EXPECT_TRUE(made);
    Supervisor& supervisor = **made;
    test::fail_allocations(good, bad);
    for (std::size_t i = 0; i < kJobs; ++i) {
      submit(supervisor, i);
    }
    const TimePoint until = after(Clock::now(), kGenerous);
    while (!supervisor.idle() && Clock::now() < until) {
      try {
        supervisor.step(after(Clock::now(), std::chrono::milliseconds(20)));
      } catch (const std::bad_alloc&) {
        // The next step does it.
      }
    }
    const std::size_t failed = test::stop_failing();
    EXPECT_TRUE(supervisor.idle()) << "after " << good;
    EXPECT_EQ(slots.running, 0) << "after " << good;
    EXPECT_EQ(slots.waiting, 0) << "after " << good;
    EXPECT_EQ(supervisor.running(), 0U) << "after " << good;
    for (std::size_t i = 0; i < kJobs; ++i) {
      EXPECT_EQ(ended_[i], taken_[i] ? 1 : 0) << "job " << i << " after " << good;
      EXPECT_TRUE(!taken_[i] || failed > 0 || causes_[i] == Cause::ok);
    }
    return failed > 0;
  }

  std::array<bool, kJobs> taken_{};
  std::array<int, kJobs> ended_{};
  std::array<Cause, kJobs> causes_{};
};

TEST_F(MemoryTest, ShortOnceAnywhereLosesNothing) {
  if (kSanitized) {
    GTEST_SKIP() << "it has operators new of its own";
  }
  std::size_t good = 0;
  while (run_with_failures(good, 1) && !HasFailure()) {
    ++good;
  }
  EXPECT_GT(good, 30U) << "so many allocations can't have been reached";
}

TEST_F(MemoryTest, ShortForAWhileLosesNothing) {
  if (kSanitized) {
    GTEST_SKIP() << "it has operators new of its own";
  }
  for (std::size_t good = 0; run_with_failures(good, 30) && !HasFailure(); good += 7) {
  }
}

TEST_F(MemoryTest, ATimerThatIsKnownNeedsNone) {
  const TimePoint start = Clock::now();
  TimerQueue timers;
  timers.set(1, start);
  timers.set(2, start);
  test::fail_allocations(0, 100);
  timers.set(1, after(start, std::chrono::milliseconds(5)));
  const auto due = timers.next_due(start);
  const auto none = timers.next_due(start);
  timers.set(2, after(start, std::chrono::milliseconds(9)));
  test::stop_failing();
  EXPECT_EQ(due, 2U);
  EXPECT_FALSE(none.has_value());
  EXPECT_EQ(timers.earliest(), after(start, std::chrono::milliseconds(5)));
  if (!kSanitized) {
    test::fail_allocations(1, 1);
    EXPECT_THROW(timers.set(3, start), std::bad_alloc);
    test::stop_failing();
    EXPECT_EQ(timers.earliest(), after(start, std::chrono::milliseconds(5)));
  }
}

}  // namespace
}  // namespace kamexec::process

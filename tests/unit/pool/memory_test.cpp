// SPDX-License-Identifier: GPL-2.0-or-later
// A pool short of memory: each allocation of its way fails once. No request ends twice or is left
// without an end, and the pool answers when there is memory again.
#include <array>
#include <new>

#include "fixture.h"
#include "support/allocations.h"
#include "support/sanitized.h"

namespace kamexec::pool {
namespace {

constexpr std::size_t kJobs = 3;

class PoolMemory : public PoolTest {
 protected:
  /// Whether an allocation has failed.
  bool run_with_failure(std::size_t good) {
    PoolOptions options;
    options.breaker_failures = 0;
    make_pool(options);
    EXPECT_EQ(ask({"echo", "ready"}).outcome.cause, process::Cause::ok);
    std::array<int, kJobs> ended{};
    std::array<bool, kJobs> taken{};
    const std::vector<std::string_view> words{"echo", "a value that needs memory of its own"};
    const WorkerRequest request = request_of(words);
    test::fail_allocations(good, 1);
    for (std::size_t i = 0; i < kJobs; ++i) {
      try {
        taken[i] = pool()
                       .submit(request, std::chrono::milliseconds(1000),
                               [&ended, i](Pool::JobId, const process::RunResult&) { ++ended[i]; })
                       .has_value();
      } catch (const std::bad_alloc&) {
        // It was not taken.
      }
    }
    const TimePoint until = after(Clock::now(), std::chrono::milliseconds(3000));
    const auto all_ended = [&] {
      for (std::size_t i = 0; i < kJobs; ++i) {
        if (ended[i] != (taken[i] ? 1 : 0)) {
          return false;
        }
      }
      return true;
    };
    while (!all_ended() && Clock::now() < until) {
      try {
        pool().step(after(Clock::now(), std::chrono::milliseconds(20)));
      } catch (const std::bad_alloc&) {
        // The next step does it.
      }
    }
    const bool failed = test::stop_failing() > 0;
    EXPECT_TRUE(all_ended()) << "after " << good;
    end_pool();
    return failed;
  }
};

TEST_F(PoolMemory, ShortOnceAnywhereEndsEachOnce) {
#ifdef KAMEXEC_SANITIZED
  GTEST_SKIP() << "it has operators new of its own";
#else
  std::size_t good = 0;
  while (run_with_failure(good) && !HasFailure()) {
    ++good;
  }
  EXPECT_GT(good, 5U);
#endif
}

}  // namespace
}  // namespace kamexec::pool

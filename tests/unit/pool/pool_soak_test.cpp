// SPDX-License-Identifier: GPL-2.0-or-later
// Load of every kind with workers killed at random: no reply reaches the wrong request, outcomes
// add up, and nothing piles up. KAMEXEC_SOAK_CALLS sets how many calls (4,000 if unset).
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <random>

#include "fixture.h"
#include "support/allocations.h"

namespace kamexec::pool {
namespace {

class PoolSoak : public PoolTest {
 protected:
  static int calls() {
    const char* given = std::getenv("KAMEXEC_SOAK_CALLS");
    return std::max(given == nullptr ? 4000 : std::atoi(given), 1000);
  }

  static PoolOptions at_the_edge() {
    PoolOptions options;
    options.most = 4;
    options.idle = 1;
    options.most_queued = 8;
    options.requests = 50;
    options.idle_time = milliseconds(20);
    options.output_limit = 10'000;
    options.stop.grace = milliseconds(5);
    options.back_off_first = milliseconds(1);
    options.back_off_most = milliseconds(4);
    options.breaker_failures = 20;
    options.breaker_time = milliseconds(20);
    return options;
  }

  std::size_t below(std::size_t limit) {
    return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random_);
  }

  /// Mostly good; each unique.
  std::vector<std::string> question() {
    const std::string unique = "question " + std::to_string(++counter_);
    static const std::vector<std::string> kOthers{"no",    "error",  "garbage",      "other-id",
                                                  "twice", "half",   "abort",        "close-input",
                                                  "extra", "silent", "endless-lines"};
    if (below(10) != 0) {
      return {"echo", unique};
    }
    return {kOthers[below(kOthers.size())], "1", unique};
  }

  static milliseconds timeout_for(const std::vector<std::string>& asked) {
    return asked[0] == "silent" ? milliseconds(5) : process::kGenerous;
  }

  /// A reply to another request would show here.
  void check(const std::vector<std::string>& asked, const process::RunResult& result) {
    const process::Cause cause = result.outcome.cause;
    if (cause != process::Cause::ok && cause != process::Cause::nonzero_exit) {
      EXPECT_EQ(result.output, "");
      return;
    }
    if (asked[0] == "echo") {
      EXPECT_EQ(result.output, "echo\n" + asked[1] + "\n");
    } else if (asked[0] == "no") {
      EXPECT_EQ(result.output, "no route\n");
    } else {
      EXPECT_TRUE(result.output == "good\n") << asked[0] << ": " << result.output;
    }
  }

  /// Of one that the test may see, at any time of its life.
  void kill_some_worker() {
    const auto workers = pool().workers();
    if (!workers.empty()) {
      ::kill(workers[below(workers.size())].pid, SIGKILL);
    }
  }

  void print_counters() {
    const PoolCounters& c = pool().counters();
    std::printf(
        "%lu calls: ok %lu, no %lu, deadline %lu, not started %lu, refused %lu, unusable "
        "%lu; %lu workers started, %lu failed, %lu closed\n",
        c.calls, c.ok, c.nonzero_exit, c.deadline, c.not_started, c.refused, c.unusable, c.started,
        c.failed, c.closed);
  }

  std::mt19937 random_{20'240'229};
  int counter_ = 0;
};

TEST_F(PoolSoak, CallsGetTheirOwnRepliesOrNone) {
  make_pool(at_the_edge());
  const int all = calls() / 4;
  for (int i = 0; i < all && !HasFailure(); ++i) {
    const auto asked = question();
    check(asked, ask(asked, timeout_for(asked)));
    if (below(50) == 0) {
      kill_some_worker();
    }
    if (below(200) == 0) {
      pool().reload();
    }
  }
  EXPECT_GT(pool().counters().ok, static_cast<std::uint64_t>(all) / 4);
  print_counters();
}

TEST_F(PoolSoak, RequestsAtOnceGetTheirOwnRepliesOrNone) {
  make_pool(at_the_edge());
  const int all = calls();
  int told = 0;
  int taken = 0;
  int descriptors = 0;
  std::size_t heap = 0;
  const auto settle = [&] {
    EXPECT_TRUE(pool().run_until(after(Clock::now(), process::kGenerous)));
    EXPECT_TRUE(process::eventually([&] {
      pool().step(after(Clock::now(), milliseconds(5)));
      const PoolGauges gauges = pool().gauges();
      return gauges.leaving + gauges.starting == 0 && gauges.idle == 1;
    }));
  };
  for (int i = 0; i < all && !HasFailure(); ++i) {
    const auto asked = question();
    const std::vector<std::string_view> views(asked.begin(), asked.end());
    const auto id = pool().submit(request_of(views), timeout_for(asked),
                                  [&, asked](Pool::JobId, const process::RunResult& result) {
                                    ++told;
                                    check(asked, result);
                                  });
    taken += id ? 1 : 0;
    if (id && below(50) == 0) {
      pool().cancel(*id);
    }
    if (below(100) == 0) {
      kill_some_worker();
    }
    if (below(500) == 0) {
      pool().reload();
    }
    pool().step(below(3) == 0 ? Clock::now() : after(Clock::now(), milliseconds(1)));
    if (i == all / 4 || i == all - 1) {
      settle();
      if (i == all - 1) {
        EXPECT_LE(process::open_descriptors(), descriptors);
        EXPECT_LE(test::allocations().live_bytes, heap + std::size_t{64} * 1024)
            << "buffers that grew, no more";
      }
      descriptors = process::open_descriptors();
      heap = test::allocations().live_bytes;
    }
  }
  EXPECT_EQ(told, taken);
  EXPECT_GT(pool().counters().ok, static_cast<std::uint64_t>(all) / 4);
  print_counters();
}

}  // namespace
}  // namespace kamexec::pool

// SPDX-License-Identifier: GPL-2.0-or-later
// Shortage of memory at any allocation: a call isn't taken, or ends once.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <new>

#include "runner_fixture.h"
#include "support/allocations.h"
#include "support/sanitized.h"

namespace kamexec::fleet::test {
namespace {

using kamexec::test::fail_allocations;
using kamexec::test::stop_failing;
using process::Cause;
using std::chrono::milliseconds;

/// More than any part of a call allocates.
constexpr std::size_t kMost = 1000;

class FleetMemory : public RunnerFixture {
 protected:
  void SetUp() override {
#ifdef KAMEXEC_SANITIZED
    GTEST_SKIP() << "AddressSanitizer allocates by itself";
#endif
    request.uri = "sip:somebody@a.domain.of.some.length.example.net";
  }
  /// Has the handlers of our link, one after the other, fail at their allocation @p good.
  void fail_in_handlers(std::size_t good) {
    link->around_handlers = [this, good](bool before) {
      if (before) {
        fail_allocations(good, 1);
      } else {
        failed_ += stop_failing();
      }
    };
  }
  /// How many have failed since.
  std::size_t stop_failing_in_handlers() {
    link->around_handlers = [](bool) {};
    return std::exchange(failed_, 0);
  }

 private:
  std::size_t failed_ = 0;
};

TEST_F(FleetMemory, ACallThatThereIsNoMemoryForIsNotTaken) {
  worker("w1", [](const Got&) { return yes(); });
  call();
  settle();
  std::size_t thrown = 0;
  for (std::size_t good = 0; good < kMost; ++good) {
    std::size_t failed = 0;
    bool taken = false;
    try {
      fail_allocations(good, 1);
      Call& made = call();
      failed = stop_failing();
      taken = !made.at_once;
      EXPECT_TRUE(taken || made.at_once->cause == Cause::refused) << made.detail();
    } catch (const std::bad_alloc&) {
      failed = stop_failing();
      ++thrown;
      EXPECT_FALSE(runner->has_calls()) << good;
    }
    settle();
    EXPECT_FALSE(runner->has_calls()) << good;
    if (taken) {
      EXPECT_EQ(calls.back().completions, 1) << good;
    }
    if (failed == 0) {
      break;
    }
  }
  EXPECT_GT(thrown, 5U);
  Call& made = call();
  settle();
  EXPECT_EQ(made.cause(), Cause::ok);
}

TEST_F(FleetMemory, AnAnswerThatThereIsNoMemoryForEndsTheCall) {
  worker("w1", [](const Got& call) {
    return call.may_wait == "no" ? refused() : yes(std::string(100, 'x') + "\n");
  });
  std::size_t failures = 0;
  for (std::size_t good = 0; good < kMost; ++good) {
    Call& made = call();
    fail_in_handlers(good);
    settle();
    const std::size_t failed = stop_failing_in_handlers();
    settle();
    ASSERT_EQ(made.completions, 1) << good;
    EXPECT_TRUE(made.cause() == Cause::ok || made.cause() == Cause::unusable) << made.detail();
    failures += failed;
    if (failed == 0) {
      EXPECT_EQ(made.cause(), Cause::ok);
      break;
    }
  }
  EXPECT_GT(failures, 5U);
  EXPECT_FALSE(runner->has_calls());
}

TEST_F(FleetMemory, ATroubleThatThereIsNoMemoryForEndsTheCall) {
  for (std::size_t good = 0; good < kMost; ++good) {
    Call& made = call();  // nobody serves it
    fail_in_handlers(good);
    settle();
    const std::size_t failed = stop_failing_in_handlers();
    ASSERT_EQ(made.completions, 1) << good;
    if (failed == 0) {
      EXPECT_EQ(made.cause(), Cause::not_started);
      break;
    }
  }
}

}  // namespace
}  // namespace kamexec::fleet::test

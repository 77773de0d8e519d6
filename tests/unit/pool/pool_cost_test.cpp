// SPDX-License-Identifier: GPL-2.0-or-later
// What a call costs, next to a bare round trip over a socket pair with the same bytes, both in one
// run and by turns; and that it allocates nothing once it is warm.
#include <algorithm>
#include <array>
#include <cstdio>
#include <functional>

#include "bare/bare_pair.h"
#include "bare/one_processor.h"
#include "fixture.h"
#include "support/allocations.h"
#include "support/sanitized.h"

namespace kamexec::pool {
namespace {

class PoolCost : public PoolTest {
 protected:
  void SetUp() override {
    PoolTest::SetUp();
#ifdef KAMEXEC_SANITIZED
    GTEST_SKIP() << "costs are those of the sanitizer here";
#endif
  }
};

double microseconds(const std::function<void()>& call, int times) {
  const TimePoint before = Clock::now();
  for (int i = 0; i < times; ++i) {
    call();
  }
  return std::chrono::duration<double, std::micro>(Clock::now() - before).count() / times;
}

/// The least disturbed of some rounds.
double best(const std::vector<double>& rounds) {
  return *std::min_element(rounds.begin(), rounds.end());
}

constexpr std::array<std::string_view, 1> kArguments{"4930123456"};
constexpr std::size_t kRequestSize =
    std::string_view("request 0123456789abcdef dset 200\narg 4930123456\nend 0123456789abcdef\n")
        .size();
constexpr std::size_t kReplySize =
    std::string_view(
        "reply 0123456789abcdef 0\nline sip:4930123456@gw1.example.net\nend 0123456789abcdef\n")
        .size();

TEST_F(PoolCost, IsAtMostTwiceABareRoundTrip) {
  const bare::OneProcessor here;
  make_pool({}, {"thoughtless"});
  Result<bare::BarePair> bare = bare::BarePair::create(kRequestSize, kReplySize);
  ASSERT_TRUE(bare) << bare.error().message;
  WorkerRequest request;
  request.call = "dset";
  request.arguments = kArguments;
  process::RunResult result;
  const auto pooled_call = [&] { pool().call(request, process::kGenerous, result); };
  const auto bare_call = [&] { ASSERT_TRUE(bare->round_trip()); };
  microseconds(pooled_call, 200);
  EXPECT_EQ(result.output, "sip:4930123456@gw1.example.net\n") << result.outcome.detail;
  microseconds(bare_call, 200);

  std::vector<double> pooled;
  std::vector<double> plain;
  for (int round = 0; round < 25; ++round) {
    pooled.push_back(microseconds(pooled_call, 200));
    plain.push_back(microseconds(bare_call, 200));
  }
  const double ratio = best(pooled) / best(plain);
  std::printf("a call: %.2f us, a bare round trip: %.2f us, ratio %.2f\n", best(pooled),
              best(plain), ratio);
  EXPECT_LT(ratio, 2.0);
  EXPECT_EQ(pool().counters().ok, pool().counters().calls);
}

TEST_F(PoolCost, AllocatesNothingOnceItIsWarm) {
  make_pool({}, {"thoughtless"});
  WorkerRequest request;
  request.call = "dset";
  request.arguments = kArguments;
  process::RunResult result;
  for (int i = 0; i < 10; ++i) {
    pool().call(request, milliseconds(20'000), result);
  }
  const std::size_t before = test::allocations().ever;
  for (int i = 0; i < 1000; ++i) {
    pool().call(request, milliseconds(20'000), result);
  }
  EXPECT_EQ(test::allocations().ever - before, 0u);
  EXPECT_EQ(pool().counters().ok, pool().counters().calls);
}

}  // namespace
}  // namespace kamexec::pool

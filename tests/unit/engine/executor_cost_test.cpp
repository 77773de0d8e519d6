// SPDX-License-Identifier: GPL-2.0-or-later
// What a call allocates once it is warm.
#include "fixture.h"
#include "support/allocations.h"
#include "support/sanitized.h"

namespace kamexec::engine {
namespace {

class ExecutorCost : public EngineTest {
 protected:
  void SetUp() override {
#ifdef KAMEXEC_SANITIZED
    GTEST_SKIP() << "allocations are those of the sanitizer here";
#endif
    for (int i = 0; i < 30; ++i) {
      names_.push_back("X-Header-" + std::to_string(i));
    }
    for (const std::string& name : names_) {
      facts_.headers.push_back({name, "some value of it"});
    }
    facts_.method = "INVITE";
    facts_.current_uri = "sip:bob@h";
  }

  /// Allocations of one call, its variables and its assembly included.
  double allocations_of(const command::PreparedCommand& command, const program::Program* program) {
    process::RunResult result;
    const std::vector<std::string_view> values(command.value_count, "bob");
    const auto call = [&] {
      buffers_.variables.clear();
      request::add_request(facts_, {}, buffers_.variables);
      const Result<Invocation> made = invocation(command, program, values);
      ASSERT_TRUE(made);
      executor_.run(*made, result);
      EXPECT_EQ(result.outcome.cause, process::Cause::ok) << result.outcome.detail;
    };
    constexpr int kTimes = 100;
    for (int i = 0; i < 10; ++i) {
      call();
    }
    const std::size_t before = test::allocations().ever;
    for (int i = 0; i < kTimes; ++i) {
      call();
    }
    return static_cast<double>(test::allocations().ever - before) / kTimes;
  }

  std::vector<std::string> names_;
  request::RequestFacts facts_;
  Executor executor_{{}};
};

/// Those of process/'s run(), and none of the engine's.
constexpr double kOfRun = 8;

TEST_F(ExecutorCost, ACommandAllocatesWhatItsProcessDoes) {
  EXPECT_LE(allocations_of(command("/bin/true %"), nullptr), kOfRun);
}

TEST_F(ExecutorCost, ASpawnedProgramAllocatesWhatItsProcessDoes) {
  const Call called = call("name=s; run=/bin/true", "@s %");
  EXPECT_LE(allocations_of(called.arguments, called.program), kOfRun);
}

TEST_F(ExecutorCost, AWorkerIsAskedWithoutAllocating) {
  const Call called = call("name=w; via=pool; run=" KAMEXEC_TEST_WORKER " thoughtless", "@w %");
  EXPECT_EQ(allocations_of(called.arguments, called.program), 0);
}

}  // namespace
}  // namespace kamexec::engine

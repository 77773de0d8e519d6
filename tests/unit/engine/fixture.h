// SPDX-License-Identifier: GPL-2.0-or-later
// What tests of the engine's calls need: commands and programs by their text, the buffers of a
// call, and a host of named programs that counts.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>

#include <string>
#include <vector>

#include "engine/executor.h"
#include "process/run.h"

namespace kamexec::engine {

inline constexpr std::chrono::milliseconds kGenerous{30'000};

/// Slots and figures that several Executors share, as the processes of a server do.
struct SharedProgram {
  std::size_t most = 1;
  std::size_t queue = 0;
  std::size_t running = 0;
  std::size_t waiting = 0;
  std::uint64_t generation = 0;
  int calls_began = 0;
  int calls_ended = 0;
  pool::PoolGauges gauges{};
  pool::PoolCounters counters{};
  int told = 0;   ///< how often a pool was told of
  int hosts = 0;  ///< that were made
};

/// What an Executor is given of @p shared.
[[nodiscard]] ProgramHosts hosts_of(SharedProgram& shared);

/// A directory of its own, removed afterwards.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }
  /// An executable script in it; its path.
  std::string write_script(const std::string& name, const std::string& text) const;

 private:
  std::string path_;
};

class EngineTest : public testing::Test {
 protected:
  EngineTest() { limits_.timeout = kGenerous; }

  /// A command as the module prepares it; each "%" in @p text is a variable.
  [[nodiscard]] static command::PreparedCommand command(
      const std::string& text, std::string_view search_path = "/usr/bin:/bin");
  /// Defines @p definition, and reads @p text, a call of it.
  struct Call {
    const program::Program* program = nullptr;
    command::PreparedCommand arguments;
  };
  [[nodiscard]] Call call(const std::string& definition, const std::string& text);
  /// Another call of a program that is defined.
  [[nodiscard]] static Call call(const program::Program& program, const std::string& text);

  /// Made with this test's limits, which capture output.
  [[nodiscard]] Result<Invocation> invocation(const command::PreparedCommand& command,
                                              const program::Program* program = nullptr,
                                              const std::vector<std::string_view>& values = {});
  [[nodiscard]] Result<Invocation> invocation(const Call& call) {
    return invocation(call.arguments, call.program);
  }

  process::RunOptions limits_;
  std::string search_path_ = "/usr/bin:/bin";
  InvocationBuffers buffers_;
  program::Programs programs_;
};

/// Has @p executor work until @p done, within a generous time.
template <typename Done>
void work_until(Executor& executor, Done done) {
  const TimePoint until = after(Clock::now(), kGenerous);
  while (!done() && Clock::now() < until) {
    EXPECT_TRUE(executor.step());
    EXPECT_TRUE(executor.start_some());
    if (!done()) {
      pollfd watched{executor.fd(), POLLIN, 0};
      ::poll(&watched, 1, 1000);
    }
  }
  EXPECT_TRUE(done());
}

}  // namespace kamexec::engine

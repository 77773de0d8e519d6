// SPDX-License-Identifier: GPL-2.0-or-later
// What every test of this room needs: runs the helper program, and looks afterwards, on its own,
// whether anything was left: a process, a zombie, a descriptor, a changed mask.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <string>
#include <vector>

#include "base/clock.h"
#include "process/run.h"

namespace kamexec::process {

using std::chrono::milliseconds;

/// The machine may be busy: what should take no time gets this.
inline constexpr milliseconds kGenerous{20'000};

/// Arguments and environment as execve wants them.
class Arguments {
 public:
  explicit Arguments(std::vector<std::string> words);
  [[nodiscard]] char* const* data() const { return pointers_.data(); }

 private:
  std::vector<std::string> words_;
  std::vector<char*> pointers_;
};

/// "Name: value" of a /proc/<pid>/status text.
[[nodiscard]] std::string status_value(const std::string& status, const std::string& name);

/// True for a process that is there and is no zombie.
[[nodiscard]] bool is_alive(pid_t pid);
/// The numbers that a program printed, one a line.
[[nodiscard]] std::vector<pid_t> printed_pids(const std::string& output);
[[nodiscard]] int open_descriptors();
/// Polls until @p condition holds or the generous time is over.
template <typename Condition>
[[nodiscard]] bool eventually(Condition condition) {
  const TimePoint end = after(Clock::now(), kGenerous);
  while (!condition()) {
    if (Clock::now() > end) {
      return false;
    }
    const timespec pause{0, 2'000'000};
    ::nanosleep(&pause, nullptr);
  }
  return true;
}

class ProcessTest : public ::testing::Test {
 protected:
  ProcessTest();
  void SetUp() override;
  void TearDown() override;

  /// The helper program with @p arguments.
  [[nodiscard]] RunResult run_child(const std::vector<std::string>& arguments,
                                    const RunOptions& options = capturing());
  [[nodiscard]] RunResult run_program(const std::string& path,
                                      const std::vector<std::string>& arguments,
                                      const RunOptions& options = capturing());
  /// Output captured; the generous deadline.
  [[nodiscard]] static RunOptions capturing();
  /// Output captured, ended after @p timeout.
  [[nodiscard]] static RunOptions ending_after(milliseconds timeout,
                                               milliseconds grace = milliseconds(100));

  /// Processes that carry this test's tag in their environment and are alive.
  [[nodiscard]] std::vector<pid_t> tagged_processes() const;
  [[nodiscard]] const std::string& tag() const { return tag_; }
  [[nodiscard]] const Arguments& environment() const { return environment_; }

 private:
  std::string tag_;
  Arguments environment_;
  int descriptors_before_ = 0;
  sigset_t mask_before_{};
};

[[nodiscard]] std::string child_program();

}  // namespace kamexec::process

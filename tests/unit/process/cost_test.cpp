// SPDX-License-Identifier: GPL-2.0-or-later
// What a start costs: next to a bare posix_spawn, and next to the host's memory. Ratios within one
// run, with room for a busy machine; bench/ states the numbers.
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <functional>

#include "fixture.h"
#include "support/sanitized.h"

namespace kamexec::process {
namespace {

/// A busy moment in one half of an attempt says nothing: the best attempt counts, and one that is
/// good enough is the last.
constexpr int kMostAttempts = 10;

class Cost : public ProcessTest {
 protected:
  void SetUp() override {
    ProcessTest::SetUp();
#ifdef KAMEXEC_SANITIZED
    GTEST_SKIP() << "costs are those of the sanitizer here";
#endif
  }

  static double median_microseconds(int times, const std::function<void()>& call) {
    std::vector<double> each;
    for (int i = 0; i < times; ++i) {
      const TimePoint before = Clock::now();
      call();
      each.push_back(std::chrono::duration<double, std::micro>(Clock::now() - before).count());
    }
    std::nth_element(each.begin(), each.begin() + times / 2, each.end());
    return each[static_cast<std::size_t>(times / 2)];
  }

  void run_nothing() {
    (void)run_child({"exit", "0"});
  }

  static void fork_nothing() {
    const pid_t pid = ::fork();
    if (pid == 0) {
      ::_exit(0);
    }
    ::waitpid(pid, nullptr, 0);
  }

  void posix_spawn_nothing() {
    const std::string path = child_program();
    const Arguments argv({path, "exit", "0"});
    pid_t pid = 0;
    ::posix_spawn(&pid, path.c_str(), nullptr, nullptr, argv.data(), environment().data());
    ::waitpid(pid, nullptr, 0);
  }
};

/// Memory that was written to: page tables that a fork has to copy.
class TouchedMemory {
 public:
  explicit TouchedMemory(std::size_t size)
      : size_(size),
        memory_(::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)) {
    if (!valid()) {
      return;
    }
    ::madvise(memory_, size_, MADV_NOHUGEPAGE);
    for (std::size_t at = 0; at < size_; at += 4096) {
      static_cast<volatile char*>(memory_)[at] = 1;
    }
  }
  TouchedMemory(const TouchedMemory&) = delete;
  TouchedMemory& operator=(const TouchedMemory&) = delete;
  ~TouchedMemory() {
    if (valid()) {
      ::munmap(memory_, size_);
    }
  }
  bool valid() const { return memory_ != MAP_FAILED; }

 private:
  std::size_t size_;
  void* memory_;
};

TEST_F(Cost, DoesNotGrowWithTheHostsMemory) {
  constexpr int kTimes = 60;
  double run_ratio = 100;
  double fork_ratio = 0;
  for (int attempt = 0; attempt < kMostAttempts && (run_ratio > 1.5 || fork_ratio <= 2);
       ++attempt) {
    const double run_small = median_microseconds(kTimes, [&] { run_nothing(); });
    const double fork_small = median_microseconds(kTimes, fork_nothing);
    const TouchedMemory memory(std::size_t{1} << 30);
    if (!memory.valid()) {
      GTEST_SKIP() << "no gibibyte to be had";
    }
    const double run_large = median_microseconds(kTimes, [&] { run_nothing(); });
    const double fork_large = median_microseconds(kTimes, fork_nothing);
    std::printf("run: %.0f us, %.0f us with 1 GiB; fork alone: %.0f us, %.0f us\n", run_small,
                run_large, fork_small, fork_large);
    run_ratio = std::min(run_ratio, run_large / run_small);
    fork_ratio = std::max(fork_ratio, fork_large / fork_small);
  }
  EXPECT_LT(run_ratio, 2);
  EXPECT_GT(fork_ratio, 2);  // so the bound does catch a fork
}

TEST_F(Cost, IsCloseToABareSpawn) {
  constexpr int kTimes = 300;
  double best = 100;
  for (int attempt = 0; attempt < kMostAttempts && best > 1.3; ++attempt) {
    const double bare = median_microseconds(kTimes, [&] { posix_spawn_nothing(); });
    const double ours = median_microseconds(kTimes, [&] { run_nothing(); });
    std::printf("run: %.0f us, posix_spawn: %.0f us, ratio %.2f\n", ours, bare, ours / bare);
    best = std::min(best, ours / bare);
  }
  EXPECT_LT(best, 1.5);
}

}  // namespace
}  // namespace kamexec::process

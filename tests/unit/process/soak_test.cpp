// SPDX-License-Identifier: GPL-2.0-or-later
// Nothing piles up: after many calls there is not one descriptor, zombie or byte more than after
// the first thousand. KAMEXEC_SOAK_CALLS sets how many (5,000 if unset).
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "fixture.h"
#include "process/supervisor.h"
#include "support/allocations.h"
#include "support/sanitized.h"

namespace kamexec::process {
namespace {

struct Holdings {
  int descriptors = 0;
  bool children = false;
  std::size_t heap = 0;  ///< bytes allocated and not freed
  long resident_kib = 0;
  long data_kib = 0;
};

Holdings holdings() {
  std::ifstream file("/proc/self/status");
  const std::string status(std::istreambuf_iterator<char>(file), {});
  Holdings now;
  now.descriptors = open_descriptors();
  siginfo_t unused;
  now.children = ::waitid(P_ALL, 0, &unused, WEXITED | WNOHANG | WNOWAIT) == 0;
  now.heap = test::allocations().live_bytes;
  now.resident_kib = std::atol(status_value(status, "VmRSS").c_str());
  now.data_kib = std::atol(status_value(status, "VmData").c_str());
  return now;
}

void print(const char* when, int calls, const Holdings& now) {
  std::printf("%s %d calls: %d descriptors, %zu bytes of heap, VmRSS %ld KiB, VmData %ld KiB\n",
              when, calls, now.descriptors, now.heap, now.resident_kib, now.data_kib);
}

class Soak : public ProcessTest {
 protected:
  static constexpr int kWarmUp = 1000;

  static int calls() {
    const char* given = std::getenv("KAMEXEC_SOAK_CALLS");
    return std::max(given == nullptr ? 5000 : std::atoi(given), 2 * kWarmUp);
  }

  static void expect_nothing_more(const Holdings& before, const Holdings& now) {
    EXPECT_EQ(now.descriptors, before.descriptors);
    EXPECT_FALSE(now.children);
#ifndef KAMEXEC_SANITIZED  // its allocator keeps what was freed
    // malloc may give a block some bytes more than asked for, and count them; a leak that came once
    // in 50 calls would be thousands.
    EXPECT_LE(now.heap, before.heap + 256);
    // malloc moves the end of its memory by 132 KiB at a time, once at most where nothing leaks.
    EXPECT_LE(now.data_kib, before.data_kib + 132);
    EXPECT_LE(now.resident_kib, before.resident_kib + 256);  // libc's and the test's own pages
#endif
  }

  /// Every kind of end in turn, most of them ordinary.
  void one_call(int number) {
    switch (number % 50) {
      case 10:
        EXPECT_EQ(run_program("/nowhere/program", {}).outcome.cause, Cause::not_started);
        break;
      case 20: {
        RunOptions options = capturing();
        options.output_limit = 100;
        EXPECT_EQ(run_child({"print-bytes", "200"}, options).outcome.cause, Cause::unusable);
        break;
      }
      case 30:
        EXPECT_EQ(run_child({"sleep"}, ending_after(milliseconds(2))).outcome.cause,
                  Cause::deadline);
        break;
      case 40: {
        const std::string input(100'000, 'i');
        RunOptions options = capturing();
        options.input = input;
        EXPECT_EQ(run_child({"count-input"}, options).output, "100000\n");
        break;
      }
      default:
        EXPECT_EQ(run_child({"exit", "0"}).outcome.cause, Cause::ok);
    }
  }
};

TEST_F(Soak, CallsLeaveNothing) {
  const int all = calls();
  Holdings before;
  for (int number = 0; number < all; ++number) {
    one_call(number);
    if (number + 1 == kWarmUp) {
      before = holdings();
    }
    if (HasFailure()) {
      return;
    }
  }
  const Holdings now = holdings();
  print("after", kWarmUp, before);
  print("after", all, now);
  expect_nothing_more(before, now);
}

TEST_F(Soak, ASupervisorsJobsLeaveNothing) {
  const int all = calls();
  auto supervisor = Supervisor::create({.most_running = 8, .most_queued = 64});
  ASSERT_TRUE(supervisor);
  const std::string path = child_program();
  const Arguments argv({path, "exit", "3"});
  ProgramStart start;
  start.program = path.c_str();
  start.argv = argv.data();
  start.environment = environment().data();
  int right = 0;
  std::string first_wrong;
  const auto submit_some = [&](int count) {
    for (int i = 0; i < count; ++i) {
      ASSERT_TRUE((*supervisor)->submit(start, capturing(), [&](JobId, const RunResult& result) {
        if (result.outcome.exit_status == 3) {
          ++right;
        } else if (first_wrong.empty()) {
          first_wrong = std::string(word(result.outcome.cause)) + ", " + result.outcome.detail;
        }
      }));
    }
    ASSERT_TRUE((*supervisor)->run_until(after(Clock::now(), kGenerous)));
  };
  constexpr int kBatch = 50;
  Holdings before;
  for (int done = 0; done < all; done += kBatch) {
    submit_some(kBatch);
    if (done + kBatch == kWarmUp) {
      before = holdings();
    }
  }
  const Holdings now = holdings();
  EXPECT_EQ(right, (all + kBatch - 1) / kBatch * kBatch) << first_wrong;
  print("after", kWarmUp, before);
  print("after", all, now);
  expect_nothing_more(before, now);
}

}  // namespace
}  // namespace kamexec::process

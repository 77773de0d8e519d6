// SPDX-License-Identifier: GPL-2.0-or-later
// A nice value that a program gets and its host doesn't. Values are above the test's own, which may
// itself have been started with one.
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>

#include <cerrno>

#include "fixture.h"
#include "other_user.h"
#include "process/supervisor.h"
#include "support/said_as.h"

namespace kamexec::process {
namespace {

constexpr uid_t kSomeUser = 65532;

int own_nice() {
  return ::getpriority(PRIO_PROCESS, 0);
}

int above_own(int difference) {
  return std::min(own_nice() + difference, 19);
}

class Nice : public ProcessTest {
 protected:
  RunResult run_nice(std::optional<int> nice, const std::vector<std::string>& words,
                     const Identity* identity = nullptr) {
    const Arguments argv(words);
    ProgramStart start;
    start.program = words[0].c_str();
    start.argv = argv.data();
    start.environment = environment().data();
    start.identity = identity;
    start.nice = nice;
    return run(start, capturing());
  }
};

/// nice(1) prints its own: the shell's, and that of a process that the shell starts.
const std::vector<std::string> kShow{"/bin/sh", "-c", "nice; (nice; true) | cat"};

std::string twice(int nice) {
  return std::to_string(nice) + "\n" + std::to_string(nice) + "\n";
}

TEST_F(Nice, IsThatOfTheProgramAndOfAllThatItStarts) {
  const int before = own_nice();
  const RunResult result = run_nice(above_own(7), kShow);
  ASSERT_EQ(result.outcome.cause, Cause::ok) << result.outcome.detail;
  EXPECT_EQ(result.output, twice(above_own(7)));
  EXPECT_EQ(own_nice(), before);
}

TEST_F(Nice, IsTheHostsWhereNoneIsNamed) {
  EXPECT_EQ(run_nice(std::nullopt, kShow).output, twice(own_nice()));
}

TEST_F(Nice, AQueuedCommandKeepsItsOwn) {
  SupervisorLimits one_at_once;
  one_at_once.most_running = 1;
  auto supervisor = Supervisor::create(one_at_once);
  ASSERT_TRUE(supervisor);
  std::string outputs;
  for (const int nice : {above_own(3), above_own(5)}) {
    const Arguments argv({"/bin/sh", "-c", "nice"});
    ProgramStart start;
    start.program = "/bin/sh";
    start.argv = argv.data();
    start.environment = environment().data();
    start.nice = nice;
    ASSERT_TRUE((*supervisor)->submit(start, capturing(), [&](JobId, const RunResult& result) {
      outputs += result.output;
    }));
  }
  ASSERT_TRUE((*supervisor)->run_until(after(Clock::now(), kGenerous)));
  EXPECT_EQ(outputs, std::to_string(above_own(3)) + "\n" + std::to_string(above_own(5)) + "\n");
}

TEST_F(Nice, TheHostsRightCountsAndNotTheUsers) {
  const int before = own_nice();
  if (::geteuid() != 0 || before == -20 || ::setpriority(PRIO_PROCESS, 0, before - 1) < 0) {
    GTEST_SKIP() << "needs root, and CAP_SYS_NICE";
  }
  ASSERT_EQ(::setpriority(PRIO_PROCESS, 0, before), 0);
  const Identity identity{kSomeUser, kSomeUser, {}};
  const RunResult result = run_nice(before - 1, kShow, &identity);
  ASSERT_EQ(result.outcome.cause, Cause::ok) << result.outcome.detail;
  EXPECT_EQ(result.output, twice(before - 1));
}

TEST_F(Nice, WithoutTheRightTheProgramDoesNotStart) {
  if (::geteuid() != 0) {
    GTEST_SKIP() << "needs root to become an ordinary user";
  }
  const int wanted = own_nice() - 1;
  const ProgramForAll program;
  const std::string said = test::said_as(kSomeUser, [&] {
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_NICE, &none);
    const Outcome outcome = run_nice(wanted, {program.path(), "exit", "0"}).outcome;
    return std::string(word(outcome.cause)) + " " + std::to_string(outcome.system_errno) + " " +
           outcome.detail;
  });
  EXPECT_EQ(said, "not-started " + std::to_string(EACCES) +
                      " can't set the program's nice value to " + std::to_string(wanted) +
                      ": Permission denied");
}

}  // namespace
}  // namespace kamexec::process

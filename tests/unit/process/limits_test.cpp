// SPDX-License-Identifier: GPL-2.0-or-later
// Limits that a program gets and its host doesn't.
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <sstream>

#include <cerrno>

#include "base/unique_fd.h"
#include "fixture.h"
#include "other_user.h"
#include "process/supervisor.h"
#include "support/said_as.h"

namespace kamexec::process {
namespace {

class Limits : public ProcessTest {
 protected:
  RunResult run_limited(const ResourceLimits& limits, const std::vector<std::string>& words) {
    const Arguments argv(words);
    ProgramStart start;
    start.program = words[0].c_str();
    start.argv = argv.data();
    start.environment = environment().data();
    start.limits = limits;
    return run(start, capturing());
  }
  RunResult show(const ResourceLimits& limits) {
    return run_limited(limits, {"/bin/cat", "/proc/self/limits"});
  }
};

struct SoftAndHard {
  std::string soft;
  std::string hard;
  bool operator==(const SoftAndHard&) const = default;
};

/// "Max open files   1024   4096   files" of a /proc/<pid>/limits text.
SoftAndHard limit_of(const std::string& text, const std::string& name) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind(name, 0) == 0) {
      std::istringstream words(line.substr(name.size()));
      SoftAndHard limit;
      words >> limit.soft >> limit.hard;
      return limit;
    }
  }
  return {"no", name};
}

TEST_F(Limits, AreTheProgramsAndNotTheHosts) {
  rlimit before[4] = {};
  rlimit afterwards[4] = {};
  const auto look = [](rlimit(&into)[4]) {
    ::getrlimit(RLIMIT_CPU, &into[0]);
    ::getrlimit(RLIMIT_AS, &into[1]);
    ::getrlimit(RLIMIT_NOFILE, &into[2]);
    ::getrlimit(RLIMIT_NPROC, &into[3]);
  };
  look(before);
  ResourceLimits limits;
  limits.cpu_seconds = 11;
  limits.memory_bytes = std::uint64_t{1} << 30;
  limits.files = 33;
  // Of those that this machine lets the user of the test have.
  limits.processes = std::min<std::uint64_t>(before[3].rlim_max, 4444);
  const RunResult result = show(limits);
  look(afterwards);

  ASSERT_EQ(result.outcome.cause, Cause::ok) << result.outcome.detail;
  EXPECT_EQ(limit_of(result.output, "Max cpu time"), (SoftAndHard{"11", "12"}));
  EXPECT_EQ(limit_of(result.output, "Max address space"),
            (SoftAndHard{"1073741824", "1073741824"}));
  EXPECT_EQ(limit_of(result.output, "Max open files"), (SoftAndHard{"33", "33"}));
  const std::string processes = std::to_string(*limits.processes);
  EXPECT_EQ(limit_of(result.output, "Max processes"), (SoftAndHard{processes, processes}));
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(before[i].rlim_cur, afterwards[i].rlim_cur) << i;
    EXPECT_EQ(before[i].rlim_max, afterwards[i].rlim_max) << i;
  }
}

TEST_F(Limits, WhatIsNotNamedStaysTheHosts) {
  rlimit files = {};
  ::getrlimit(RLIMIT_NOFILE, &files);
  ResourceLimits limits;
  limits.cpu_seconds = 11;
  EXPECT_EQ(limit_of(show(limits).output, "Max open files"),
            (SoftAndHard{std::to_string(files.rlim_cur), std::to_string(files.rlim_max)}));
}

TEST_F(Limits, AQueuedCommandKeepsItsOwn) {
  SupervisorLimits one_at_once;
  one_at_once.most_running = 1;
  auto supervisor = Supervisor::create(one_at_once);
  ASSERT_TRUE(supervisor);
  std::vector<std::string> outputs;
  for (const std::uint64_t files : {21U, 22U}) {
    const Arguments argv({"/bin/cat", "/proc/self/limits"});
    ProgramStart start;
    start.program = "/bin/cat";
    start.argv = argv.data();
    start.environment = environment().data();
    start.limits.files = files;
    ASSERT_TRUE((*supervisor)->submit(start, capturing(), [&](JobId, RunResult result) {
      outputs.push_back(std::move(result.output));
    }));
  }
  ASSERT_TRUE((*supervisor)->run_until(after(Clock::now(), kGenerous)));
  ASSERT_EQ(outputs.size(), 2U);
  EXPECT_EQ(limit_of(outputs[0], "Max open files"), (SoftAndHard{"21", "21"}));
  EXPECT_EQ(limit_of(outputs[1], "Max open files"), (SoftAndHard{"22", "22"}));
}

TEST_F(Limits, FewerFilesThanTheHostHasOpen) {
  std::vector<UniqueFd> many;
  many.reserve(40);
  for (int i = 0; i < 40; ++i) {
    many.emplace_back(::dup(2));
  }
  ResourceLimits limits;
  limits.files = 8;
  const RunResult result = show(limits);
  EXPECT_EQ(result.outcome.cause, Cause::ok) << result.outcome.detail;
  EXPECT_EQ(limit_of(result.output, "Max open files"), (SoftAndHard{"8", "8"}));
}

TEST_F(Limits, ProcessorTimeEndsALoopAndTellsWhy) {
  ResourceLimits limits;
  limits.cpu_seconds = 1;
  const RunResult result = run_limited(limits, {"/bin/sh", "-c", "while :; do :; done"});
  EXPECT_EQ(result.outcome.cause, Cause::nonzero_exit) << result.outcome.detail;
  EXPECT_EQ(result.outcome.signal, SIGXCPU);
}

TEST_F(Limits, TooLittleMemoryIsTheProgramsEnd) {
  ResourceLimits limits;
  limits.memory_bytes = std::uint64_t{1} << 20;
  const Outcome outcome = run_limited(limits, {child_program(), "exit", "0"}).outcome;
  EXPECT_TRUE(outcome.cause == Cause::nonzero_exit || outcome.cause == Cause::not_started)
      << word(outcome.cause);
}

TEST_F(Limits, AreCappedByTheHostsOwn) {
  if (::geteuid() != 0) {
    GTEST_SKIP() << "needs root";
  }
  const ProgramForAll program;
  ResourceLimits limits;
  limits.files = 100;
  const std::string said = test::said_as(65532, [&] {
    const rlimit low{50, 60};
    ::setrlimit(RLIMIT_NOFILE, &low);
    const Outcome outcome = run_limited(limits, {program.path(), "exit", "0"}).outcome;
    return std::string(word(outcome.cause)) + " " + std::to_string(outcome.system_errno) + " " +
           outcome.detail;
  });
  EXPECT_EQ(said, "not-started " + std::to_string(EPERM) +
                      " can't set the program's resource limits: Operation not permitted");
}

TEST_F(Limits, ProcessorTimeAtTheHostsOwnLimit) {
  if (::geteuid() != 0) {
    GTEST_SKIP() << "needs root";
  }
  ResourceLimits limits;
  limits.cpu_seconds = 50;
  const std::string said = test::said_as(65532, [&] {
    const rlimit low{50, 50};
    ::setrlimit(RLIMIT_CPU, &low);
    const SoftAndHard limit = limit_of(show(limits).output, "Max cpu time");
    return limit.soft + " " + limit.hard;
  });
  EXPECT_EQ(said, "50 50");
}

}  // namespace
}  // namespace kamexec::process

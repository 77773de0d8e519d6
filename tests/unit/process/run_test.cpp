// SPDX-License-Identifier: GPL-2.0-or-later
// What goes in, what comes out, and how the end is told.
#include "process/run.h"

#include <fcntl.h>
#include <grp.h>
#include <unistd.h>

#include "base/unique_fd.h"
#include "fixture.h"
#include "other_user.h"
#include "process/supervisor.h"
#include "support/sandbox.h"

namespace kamexec::process {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

class Run : public ProcessTest {};

TEST_F(Run, ExitStatusZero) {
  const RunResult result = run_child({"exit", "0"});
  EXPECT_EQ(result.outcome.cause, Cause::ok);
  EXPECT_EQ(result.outcome.exit_status, 0);
  EXPECT_EQ(result.outcome.signal, 0);
  EXPECT_GT(result.outcome.pid, 0);
  EXPECT_GT(result.outcome.duration.count(), 0);
  EXPECT_THAT(result.outcome.detail, IsEmpty());
}

TEST_F(Run, ExitStatusOther) {
  for (const int status : {1, 126, 127, 255}) {
    const RunResult result = run_child({"exit", std::to_string(status)});
    EXPECT_EQ(result.outcome.cause, Cause::nonzero_exit);
    EXPECT_EQ(result.outcome.exit_status, status);
  }
}

TEST_F(Run, SignalOfItsOwn) {
  for (const int signal : {SIGTERM, SIGKILL, SIGUSR1}) {
    const RunResult result = run_child({"signal", std::to_string(signal)});
    EXPECT_EQ(result.outcome.cause, Cause::nonzero_exit);
    EXPECT_EQ(result.outcome.exit_status, -1);
    EXPECT_EQ(result.outcome.signal, signal);
  }
}

TEST_F(Run, OutputOfAProgramThatFailsCountsStill) {
  const RunResult result = run_program("/bin/sh", {"-c", "echo out; echo err >&2; exit 3"});
  EXPECT_EQ(result.output, "out\n");
  EXPECT_EQ(result.error, "err\n");
  EXPECT_EQ(result.outcome.exit_status, 3);
}

TEST_F(Run, OutputIsNotCapturedUnlessAskedFor) {
  RunOptions options;
  options.timeout = kGenerous;
  EXPECT_THAT(run_child({"print", "text"}, options).output, IsEmpty());
}

TEST_F(Run, OutputUpToTheLimitIsFine) {
  RunOptions options = capturing();
  options.output_limit = 1000;
  const RunResult result = run_child({"print-bytes", "1000"}, options);
  EXPECT_EQ(result.outcome.cause, Cause::ok);
  EXPECT_EQ(result.output, std::string(1000, 'y'));
}

TEST_F(Run, OneByteMoreIsUnusable) {
  RunOptions options = capturing();
  options.output_limit = 1000;
  const RunResult result = run_child({"print-bytes", "1001"}, options);
  EXPECT_EQ(result.outcome.cause, Cause::unusable);
  EXPECT_EQ(result.outcome.detail, "printed more than the limit of 1000 bytes");
  EXPECT_EQ(result.output.size(), 1000U);
}

TEST_F(Run, OutputPastTheLimitEndsTheJobsToo) {
  RunOptions options = capturing();
  options.output_limit = 10;
  const RunResult result =
      run_program("/bin/sh", {"-c", "sleep 50 & echo more than that; exit 0"}, options);
  EXPECT_EQ(result.outcome.cause, Cause::unusable);
  EXPECT_THAT(tagged_processes(), IsEmpty());
}

TEST_F(Run, FloodOfOutputIsEnded) {
  RunOptions options = capturing();
  options.stop.grace = milliseconds(100);
  for (const char* how : {"flood-output", "flood-output-stubborn"}) {
    const RunResult result = run_child({how}, options);
    EXPECT_EQ(result.outcome.cause, Cause::unusable) << how;
    EXPECT_EQ(result.output.size(), options.output_limit);
    EXPECT_LT(result.outcome.duration, kGenerous);
  }
}

TEST_F(Run, LargeOutputArrivesWhole) {
  RunOptions options = capturing();
  options.output_limit = 8 << 20;
  const RunResult result =
      run_program("/bin/sh", {"-c", "head -c 5000000 /dev/zero | tr '\\0' z"}, options);
  EXPECT_EQ(result.outcome.cause, Cause::ok);
  EXPECT_EQ(result.output, std::string(5'000'000, 'z'));
}

TEST_F(Run, FirstOfTheErrorsIsKeptAndTheRestRead) {
  RunOptions options = capturing();
  options.error_limit = 100;
  const RunResult result = run_child({"print-error-bytes", "200000"}, options);
  EXPECT_EQ(result.outcome.cause, Cause::ok);
  EXPECT_EQ(result.error, std::string(100, 'y'));
  EXPECT_TRUE(result.error_truncated);
  EXPECT_FALSE(run_child({"print-error-bytes", "100"}, options).error_truncated);
}

TEST_F(Run, InputArrivesWhole) {
  for (const std::size_t size :
       {std::size_t{1}, std::size_t{65536}, std::size_t{65537}, std::size_t{3} << 20}) {
    const std::string input(size, 'i');
    RunOptions options = capturing();
    options.input = input;
    const RunResult result = run_child({"count-input"}, options);
    EXPECT_EQ(result.outcome.cause, Cause::ok);
    EXPECT_EQ(result.output, std::to_string(size) + "\n");
  }
}

TEST_F(Run, NoInputIsAnEmptyOne) {
  EXPECT_EQ(run_child({"count-input"}).output, "0\n");
}

TEST_F(Run, InputThatNobodyReadsIsNoFailure) {
  const std::string input(1 << 20, 'i');
  RunOptions options = capturing();
  options.input = input;
  EXPECT_EQ(run_child({"exit", "0"}, options).outcome.cause, Cause::ok);
  EXPECT_EQ(run_child({"close-input-and-exit"}, options).outcome.cause, Cause::ok);
}

TEST_F(Run, InputAndOutputAtTheSameTime) {
  const std::string input(1 << 20, 'e');
  RunOptions options = capturing();
  options.output_limit = 4 << 20;
  options.input = input;
  EXPECT_EQ(run_program("/bin/cat", {}, options).output, input);
}

TEST_F(Run, BackgroundJobLivesOn) {
  // It holds standard output and standard error: the call ends with the program all the same.
  const RunResult result = run_program("/bin/sh", {"-c", "sleep 50 & echo $!"});
  EXPECT_EQ(result.outcome.cause, Cause::ok);
  EXPECT_LT(result.outcome.duration, kGenerous);
  const auto pids = printed_pids(result.output);
  ASSERT_EQ(pids.size(), 1U);
  EXPECT_TRUE(is_alive(pids[0]));
  ::kill(pids[0], SIGKILL);
}

TEST_F(Run, DaemonThatAProgramLeavesLivesOn) {
  const RunResult result = run_child({"daemon-and-exit"});
  EXPECT_EQ(result.outcome.cause, Cause::ok);
  const auto pids = printed_pids(result.output);
  ASSERT_EQ(pids.size(), 1U);
  EXPECT_TRUE(is_alive(pids[0]));
  ::kill(pids[0], SIGKILL);
}

TEST_F(Run, BackgroundJobThatWritesForEverHoldsNobodyUp) {
  RunOptions options = capturing();
  options.output_limit = 64 << 20;
  const RunResult result = run_program("/bin/sh", {"-c", "yes & echo $! >&2; sleep 0.05"}, options);
  EXPECT_EQ(result.outcome.cause, Cause::ok) << result.outcome.detail;
  for (const pid_t pid : printed_pids(result.error)) {
    ::kill(pid, SIGKILL);
  }
}

TEST_F(Run, ErrorLeftToTheHostGoesThere) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const UniqueFd reader(ends[0]);
  const UniqueFd writer(ends[1]);
  const UniqueFd saved(::dup(2));
  ::dup2(writer.get(), 2);
  RunOptions options = capturing();
  options.capture_error = false;
  const RunResult result = run_child({"print-error-bytes", "3"}, options);
  ::dup2(saved.get(), 2);
  char text[8] = {};
  EXPECT_EQ(::read(reader.get(), text, sizeof text), 3);
  EXPECT_STREQ(text, "yyy");
  EXPECT_THAT(result.error, IsEmpty());
}

/// A tree of which nothing but a limit tells whose it is.
void expect_ended_with_its_daemon(const RunResult& result) {
  EXPECT_EQ(result.outcome.cause, Cause::deadline) << result.outcome.detail;
  const auto pids = printed_pids(result.output);
  ASSERT_EQ(pids.size(), 1U);
  EXPECT_FALSE(is_alive(pids.front()));
  ::kill(pids.front(), SIGKILL);
}

TEST_F(Run, DeadlineEndsADaemonWithoutAnEnvironment) {
  expect_ended_with_its_daemon(run_child({"daemon-unmarked"}, ending_after(milliseconds(1500))));
}

TEST_F(Run, DeadlineEndsADaemonWhoseEnvironmentRootAloneMayRead) {
  const ProgramForAll program;
  const std::string said = test::said_in_sandbox({}, [&] {
    if (::getuid() == 0 && (::setgroups(0, nullptr) != 0 || ::setresgid(65534, 65534, 65534) != 0 ||
                            ::setresuid(65534, 65534, 65534) != 0)) {
      return std::string(test::kNotSandboxed);
    }
    const RunResult result =
        run_program(program.path(), {"daemon-undumpable"}, ending_after(milliseconds(1500)));
    const auto pids = printed_pids(result.output);
    if (pids.size() != 1) {
      return "no daemon: " + result.outcome.detail;
    }
    const bool alive = is_alive(pids.front());
    ::kill(pids.front(), SIGKILL);
    return std::string(alive ? "alive" : "ended");
  });
  if (said == test::kNotSandboxed) {
    GTEST_SKIP() << "can't become another user here";
  }
  EXPECT_EQ(said, "ended");
}

/// What the host has after the start of a program: no descriptor more.
std::vector<UniqueFd> all_descriptors() {
  std::vector<UniqueFd> all;
  do {
    all.emplace_back(::dup(2));
  } while (all.back().valid());
  return all;
}

TEST_F(Run, WithoutADescriptorLeftTheTreeIsStillFound) {
  auto supervisor = Supervisor::create({});
  ASSERT_TRUE(supervisor);
  const std::string path = child_program();
  const Arguments argv({path, "daemon-stubborn"});
  ProgramStart start;
  start.program = path.c_str();
  start.argv = argv.data();
  start.environment = environment().data();
  RunResult result;
  ASSERT_TRUE(
      (*supervisor)->submit(start, ending_after(milliseconds(1500)), [&](JobId, RunResult given) {
        result = std::move(given);
      }));
  const auto all = all_descriptors();
  ASSERT_TRUE((*supervisor)->run_until(after(Clock::now(), kGenerous)));
  expect_ended_with_its_daemon(result);
}

TEST_F(Run, SaysThatATreeCouldNotBeLookedFor) {
  auto supervisor = Supervisor::create({});
  ASSERT_TRUE(supervisor);
  const std::string path = child_program();
  const Arguments argv({path, "sleep"});
  ProgramStart start;
  start.program = path.c_str();
  start.argv = argv.data();
  start.environment = environment().data();
  RunOptions options = ending_after(milliseconds(300));
  options.capture_output = false;
  options.capture_error = false;
  RunResult result;
  ASSERT_TRUE((*supervisor)->submit(start, options, [&](JobId, RunResult given) {
    result = std::move(given);
  }));
  const auto all = all_descriptors();
  ASSERT_TRUE((*supervisor)->run_until(after(Clock::now(), kGenerous)));
  EXPECT_EQ(result.outcome.detail,
            "still running after 300 ms; its processes in sessions of their own may live on, "
            "as they can't be found (/proc: Too many open files)");
}

}  // namespace
}  // namespace kamexec::process

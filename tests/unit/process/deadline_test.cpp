// SPDX-License-Identifier: GPL-2.0-or-later
// Deadlines hold, over the whole tree and over nothing else.
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "base/unique_fd.h"
#include "bystander.h"
#include "fixture.h"
#include "process/process_tree.h"

namespace kamexec::process {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

/// Long enough for a program to start and to have its children, on a busy machine too.
constexpr milliseconds kTimeout{600};

class Deadline : public ProcessTest {
 protected:
  /// Runs the helper past its deadline and sees to it that all whose numbers it printed are gone.
  RunResult expect_ended(const std::vector<std::string>& arguments, std::size_t printed,
                         std::string_view input = {}) {
    RunOptions options = ending_after(kTimeout);
    options.input = input;
    RunResult result = run_child(arguments, options);
    EXPECT_EQ(result.outcome.cause, Cause::deadline) << result.outcome.detail;
    EXPECT_EQ(result.outcome.detail, "still running after 600 ms");
    EXPECT_GE(result.outcome.duration, kTimeout);
    EXPECT_LT(result.outcome.duration, kGenerous);
    const auto pids = printed_pids(result.output);
    EXPECT_THAT(pids, SizeIs(printed));  // or the test would prove nothing
    for (const pid_t pid : pids) {
      EXPECT_FALSE(is_alive(pid)) << pid;
    }
    EXPECT_THAT(tagged_processes(), IsEmpty());
    return result;
  }
};

TEST_F(Deadline, PlainProgram) {
  const RunResult result = expect_ended({"sleep"}, 1);
  EXPECT_EQ(result.outcome.signal, SIGTERM);
}

TEST_F(Deadline, ReturnsAsSoonAsAllAreGone) {
  RunOptions options = ending_after(kTimeout, milliseconds(15'000));
  const RunResult result = run_child({"children", "3"}, options);
  EXPECT_EQ(result.outcome.cause, Cause::deadline);
  EXPECT_LT(result.outcome.duration, milliseconds(10'000));
}

TEST_F(Deadline, IgnoringTerm) {
  const RunResult result = expect_ended({"ignore-term"}, 1);
  EXPECT_EQ(result.outcome.signal, SIGKILL);
  EXPECT_GE(result.outcome.duration, kTimeout + milliseconds(100));  // it had its grace
}

TEST_F(Deadline, NoGraceMeansKill) {
  const RunResult result = run_child({"ignore-term"}, ending_after(kTimeout, milliseconds(0)));
  EXPECT_EQ(result.outcome.cause, Cause::deadline);
  EXPECT_EQ(result.outcome.signal, SIGKILL);
}

TEST_F(Deadline, ExitStatusAtTermIsTold) {
  const RunResult result = expect_ended({"stopped"}, 0);
  EXPECT_EQ(result.outcome.exit_status, 7);  // woken up to act on the TERM
}

TEST_F(Deadline, ShellWithChildren) {
  RunOptions options = ending_after(kTimeout);
  const RunResult result =
      run_program("/bin/sh", {"-c", "sleep 50 & sleep 50 | sleep 50; wait"}, options);
  EXPECT_EQ(result.outcome.cause, Cause::deadline);
}

TEST_F(Deadline, ManyChildren) {
  expect_ended({"children", "20"}, 20);
}

TEST_F(Deadline, StubbornChildOfAnObedientParent) {
  expect_ended({"stubborn-child"}, 1);
}

TEST_F(Deadline, SessionOfItsOwn) {
  expect_ended({"new-session"}, 1);
}

TEST_F(Deadline, SessionOfItsOwnIgnoringTerm) {
  expect_ended({"new-session-stubborn"}, 1);
}

TEST_F(Deadline, Daemon) {
  expect_ended({"daemon"}, 1);
}

TEST_F(Deadline, DaemonIgnoringTerm) {
  expect_ended({"daemon-stubborn"}, 1);
}

TEST_F(Deadline, FirstThreadHasEnded) {
  expect_ended({"without-first-thread"}, 0);
  expect_ended({"new-session-without-first-thread"}, 1);
}

TEST_F(Deadline, ChildWithACleanedEnvironmentInItsOwnSession) {
  RunOptions options = ending_after(kTimeout);
  const RunResult result =
      run_program("/bin/sh", {"-c", "setsid env -i sleep 50 & echo $!; wait"}, options);
  const auto pids = printed_pids(result.output);
  ASSERT_THAT(pids, SizeIs(1));
  EXPECT_FALSE(is_alive(pids[0]));
}

TEST_F(Deadline, StubbornChildWithACleanedEnvironmentOutlivesItsParents) {
  // Its parent obeys the TERM: from then on only memory tells whose it is.
  const RunResult result =
      run_program("/bin/sh", {"-c", "(trap '' TERM; exec setsid env -i sleep 50) & echo $!; wait"},
                  ending_after(kTimeout));
  const auto pids = printed_pids(result.output);
  ASSERT_THAT(pids, SizeIs(1));
  EXPECT_EQ(result.outcome.signal, SIGTERM);
  EXPECT_FALSE(is_alive(pids[0]));
}

TEST_F(Deadline, RestlessProcesses) {
  const RunResult result = run_child({"restless-below"}, ending_after(kTimeout));
  EXPECT_EQ(result.outcome.cause, Cause::deadline);
}

TEST_F(Deadline, ProcessesStartedWhileTheTreeIsBeingEnded) {
  // They carry no tag. What they all hold is standard error: a pipe of ours, at its end when all
  // are gone.
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const UniqueFd reader(ends[0]);
  UniqueFd writer(ends[1]);
  UniqueFd saved(::dup(2));
  ::dup2(writer.get(), 2);
  RunOptions options = ending_after(kTimeout, milliseconds(60));
  options.capture_error = false;
  const RunResult result = run_child({"spawn-when-told-to-end-unmarked"}, options);
  ::dup2(saved.get(), 2);
  writer.reset();
  EXPECT_EQ(result.outcome.cause, Cause::deadline);
  EXPECT_EQ(result.outcome.signal, SIGKILL);
  pollfd hangup{reader.get(), POLLIN, 0};
  EXPECT_EQ(::poll(&hangup, 1, static_cast<int>(kGenerous.count())), 1) << "some live on";
  char byte;
  EXPECT_EQ(::read(reader.get(), &byte, 1), 0);
}

TEST_F(Deadline, ClosedItsOutputAndSleeps) {
  const RunResult result = expect_ended({"close-and-sleep"}, 1);
  EXPECT_EQ(result.outcome.signal, SIGTERM);
}

TEST_F(Deadline, WaitingCostsNoProcessorTime) {
  timespec before{};
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &before);
  (void)run_child({"close-and-sleep"}, ending_after(milliseconds(1000)));
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  const double used = static_cast<double>(now.tv_sec - before.tv_sec) +
                      static_cast<double>(now.tv_nsec - before.tv_nsec) / 1e9;
  EXPECT_LT(used, 0.5);  // a loop that spins would use the whole second
}

TEST_F(Deadline, NeverReadsItsInput) {
  const std::string input(1 << 20, 'i');
  expect_ended({"never-read"}, 0, input);
}

TEST_F(Deadline, FloodOfErrors) {
  const RunResult result = expect_ended({"flood-error"}, 0);
  EXPECT_EQ(result.error.size(), 4096U);
  EXPECT_TRUE(result.error_truncated);
}

TEST_F(Deadline, FloodOfOutputThatIsWanted) {
  RunOptions options = ending_after(kTimeout);
  options.output_limit = std::size_t{4} << 30;
  EXPECT_EQ(run_child({"flood-output"}, options).outcome.cause, Cause::deadline);
}

TEST_F(Deadline, OthersAreLeftAlone) {
  const Bystander plain(Arguments({"A=b"}));
  const Bystander marked(Arguments({"KAMEXEC_CALL=1.1.1"}));
  expect_ended({"daemon-stubborn"}, 1);
  EXPECT_TRUE(is_alive(plain.pid()));
  EXPECT_TRUE(is_alive(marked.pid()));
}

TEST_F(Deadline, ANumberThatNowIsAnothersIsNotSignalled) {
  const Bystander bystander(Arguments({"A=b"}));
  auto entry = read_process(bystander.pid());
  ASSERT_TRUE(entry);
  entry->started -= 1;
  EXPECT_EQ(signal_process(*entry, SIGKILL), Signalled::gone);
  EXPECT_TRUE(is_alive(bystander.pid()));
  entry->started += 1;
  EXPECT_EQ(signal_process(*entry, SIGKILL), Signalled::sent);
  EXPECT_TRUE(eventually([&] { return !is_alive(bystander.pid()); }));
}

TEST_F(Deadline, VeryLongTimeoutsAreNoOverflow) {
  EXPECT_EQ(run_child({"exit", "0"}, ending_after(milliseconds::max())).outcome.cause, Cause::ok);
}

}  // namespace
}  // namespace kamexec::process

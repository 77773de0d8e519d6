// SPDX-License-Identifier: GPL-2.0-or-later
// A sandbox refuses system calls that we like to use: either another way gives the right result, or
// the outcome names what was refused. Each case runs in a process of its own.
#include <sched.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <vector>

#include <cerrno>

#include "fixture.h"
#include "process/supervisor.h"
#include "support/sandbox.h"

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif
#ifndef SYS_close_range
#define SYS_close_range 436
#endif
#ifndef CLONE_PIDFD
#define CLONE_PIDFD 0x1000
#endif

namespace kamexec::process {
namespace {

using ::testing::HasSubstr;

std::string words_of(const Outcome& outcome) {
  return std::string(word(outcome.cause)) + ", " + outcome.detail;
}

class SandboxTest : public ProcessTest {
 protected:
  /// One call after the other: exit status, output, signal, descriptors, input, a tree at its
  /// deadline.
  std::string run_one_by_one() {
    const RunResult well = run_child({"print", "well"});
    if (well.outcome.cause != Cause::ok || well.output != "well") {
      return "print: " + words_of(well.outcome);
    }
    const RunResult three = run_child({"exit", "3"});
    if (three.outcome.cause != Cause::nonzero_exit || three.outcome.exit_status != 3) {
      return "exit: " + words_of(three.outcome);
    }
    const RunResult shot = run_child({"signal", std::to_string(SIGKILL)});
    if (shot.outcome.cause != Cause::nonzero_exit || shot.outcome.signal != SIGKILL) {
      return "signal: " + words_of(shot.outcome);
    }
    if (const RunResult listed = run_child({"descriptors"}); listed.output != "0 1 2 \n") {
      return "descriptors: " + listed.output;
    }
    RunOptions options = capturing();
    options.input = "12345";
    if (const RunResult counted = run_child({"count-input"}, options); counted.output != "5\n") {
      return "input: " + words_of(counted.outcome) + counted.output;
    }
    const RunResult late = run_child({"daemon-stubborn"}, ending_after(milliseconds(1500)));
    if (late.outcome.detail != "still running after 1500 ms") {
      return "deadline: " + words_of(late.outcome);
    }
    const auto pids = printed_pids(late.output);
    if (pids.empty() || is_alive(pids.front())) {
      return "deadline: its daemon is alive, or was never";
    }
    return {};
  }

  /// Many at once.
  std::string run_together() {
    auto supervisor = Supervisor::create({});
    if (!supervisor) {
      return supervisor.error().message;
    }
    std::string said;
    int well = 0;
    const std::string path = child_program();
    for (int i = 0; i < 20; ++i) {
      const Arguments argv({path, i % 2 == 0 ? "exit" : "sleep", "4"});
      ProgramStart start;
      start.program = path.c_str();
      start.argv = argv.data();
      start.environment = environment().data();
      const auto id = (*supervisor)
                          ->submit(start, ending_after(milliseconds(i % 2 == 0 ? 20'000 : 1000)),
                                   [&, i](JobId, const RunResult& result) {
                                     const bool right =
                                         i % 2 == 0 ? result.outcome.exit_status == 4
                                                    : result.outcome.cause == Cause::deadline;
                                     if (right) {
                                       ++well;
                                     } else {
                                       said = "together: " + words_of(result.outcome);
                                     }
                                   });
      if (!id) {
        return "submit: " + words_of(id.error());
      }
    }
    if (!(*supervisor)->run_until(after(Clock::now(), kGenerous))) {
      return "together: not all ended";
    }
    return well == 20 ? "" : said;
  }
};

struct Case {
  const char* name;
  std::vector<test::Refused> calls;
};

std::ostream& operator<<(std::ostream& to, const Case& one) {
  return to << one.name;
}

class WorksWithout : public SandboxTest, public ::testing::WithParamInterface<Case> {};

TEST_P(WorksWithout, TheSameOutcomes) {
  const std::string said = test::said_in_sandbox(GetParam().calls, [this] {
    const std::string alone = run_one_by_one();
    return alone.empty() ? run_together() : alone;
  });
  if (said == test::kNotSandboxed) {
    GTEST_SKIP() << "no seccomp filter can be set here";
  }
  EXPECT_EQ(said, "");
}

INSTANTIATE_TEST_SUITE_P(
    Sandbox, WorksWithout,
    ::testing::Values(Case{"ClonePidfd", {{SYS_clone, EPERM, CLONE_PIDFD}}},
                      Case{"ClonePidfdAsInvalid", {{SYS_clone, EINVAL, CLONE_PIDFD}}},
                      Case{"AllPidfds",
                           {{SYS_clone, ENOSYS, CLONE_PIDFD},
                            {SYS_pidfd_open, ENOSYS},
                            {SYS_pidfd_send_signal, ENOSYS}}},
                      Case{"PidfdOpen", {{SYS_pidfd_open, EPERM}}},
                      Case{"PidfdSendSignal", {{SYS_pidfd_send_signal, EPERM}}},
                      Case{"Signalfd", {{SYS_signalfd4, EPERM}}},
                      Case{"Ppoll", {{SYS_ppoll, ENOSYS}}},
                      Case{"CloseRange", {{SYS_close_range, EPERM}}},
                      Case{"CloseRangeAndPrlimit",
                           {{SYS_close_range, EPERM}, {SYS_prlimit64, EPERM}}},
                      Case{"Waitid", {{SYS_waitid, EPERM}}}),
    [](const auto& one) { return std::string(one.param.name); });

TEST_F(SandboxTest, WithoutSignalfdTheHostStillHearsThatItIsToEnd) {
  const std::string said = test::said_in_sandbox({{SYS_signalfd4, EPERM}}, [this] {
    struct sigaction action {};
    action.sa_handler = [](int) {};
    sigaction(SIGTERM, &action, nullptr);
    const pid_t host = ::getpid();
    const pid_t teller = ::fork();
    if (teller == 0) {
      ::usleep(300'000);
      ::kill(host, SIGTERM);
      ::_exit(0);
    }
    const RunResult result = run_child({"daemon-stubborn"}, ending_after(kGenerous));
    ::waitpid(teller, nullptr, 0);
    return words_of(result.outcome);
  });
  if (said == test::kNotSandboxed) {
    GTEST_SKIP() << "no seccomp filter can be set here";
  }
  EXPECT_EQ(said, "deadline, the server is stopping");
}

TEST_F(SandboxTest, WhereAWaitFailsWhatRunsIsEndedAndSaysSo) {
  const std::string said = test::said_in_sandbox({}, [this] {
    auto supervisor = Supervisor::create({.most_running = 1});
    const std::string path = child_program();
    const Arguments argv({path, "sleep", "1000"});
    ProgramStart start;
    start.program = path.c_str();
    start.argv = argv.data();
    start.environment = environment().data();
    std::string outcomes;
    const auto tell = [&](JobId, const RunResult& result) {
      outcomes += words_of(result.outcome) + "; ";
    };
    const auto running = (*supervisor)->submit(start, {}, tell);
    const auto queued = (*supervisor)->submit(start, {}, tell);
    if (!running || !queued) {
      return std::string("not taken");
    }
    (*supervisor)->step(Clock::now());
    if (!test::refuse_calls({{SYS_ppoll, ENOMEM}})) {
      return std::string(test::kNotSandboxed);
    }
    if (!(*supervisor)->run_until(after(Clock::now(), kGenerous))) {
      return std::string("not all ended");
    }
    return outcomes + words_of(run_child({"sleep", "1000"}).outcome);
  });
  if (said == test::kNotSandboxed) {
    GTEST_SKIP() << "no seccomp filter can be set here";
  }
  // The queued one was not ended with the first: it started, and could not be waited for either.
  const std::string ended = "unusable, can't wait for it: Cannot allocate memory";
  EXPECT_EQ(said, ended + "; " + ended + "; " + ended);
}

struct Named {
  const char* name;
  test::Refused call;
  const char* cause;  ///< what the outcome's detail holds
};

std::ostream& operator<<(std::ostream& to, const Named& one) {
  return to << one.name;
}

class NamesWhatIsRefused : public SandboxTest, public ::testing::WithParamInterface<Named> {};

TEST_P(NamesWhatIsRefused, InTheOutcome) {
  const std::string said = test::said_in_sandbox({GetParam().call}, [this] {
    const RunResult result = run_child({"print", "well"});
    auto supervisor = Supervisor::create({});
    return words_of(result.outcome) + (supervisor ? "" : ", " + supervisor.error().message);
  });
  if (said == test::kNotSandboxed) {
    GTEST_SKIP() << "no seccomp filter can be set here";
  }
  EXPECT_THAT(said, HasSubstr(GetParam().cause));
  EXPECT_THAT(said, HasSubstr("Operation not permitted"));
}

INSTANTIATE_TEST_SUITE_P(
    Sandbox, NamesWhatIsRefused,
    ::testing::Values(
        Named{"Clone", {SYS_clone, EPERM}, "not-started, can't start a process"},
        Named{"Pipe", {SYS_pipe2, EPERM}, "not-started, pipe"},
        Named{
            "Streams", {SYS_dup3, EPERM}, "not-started, can't set the program's standard streams"},
        Named{"Group", {SYS_setpgid, EPERM}, "not-started, can't create a process group"},
        Named{"Execve", {SYS_execve, EPERM}, "not-started, can't run "},
        Named{"Epoll", {SYS_epoll_create1, EPERM}, "ok, , epoll"},
        Named{"Timerfd", {SYS_timerfd_create, EPERM}, "ok, , timerfd"}),
    [](const auto& one) { return std::string(one.param.name); });

}  // namespace
}  // namespace kamexec::process

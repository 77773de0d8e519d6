// SPDX-License-Identifier: GPL-2.0-or-later
// Workers in a sandbox that refuses pidfds: nothing but looking tells of a worker's end.
#include <sched.h>
#include <sys/syscall.h>

#include <cerrno>

#include "fixture.h"
#include "support/sandbox.h"

#ifndef CLONE_PIDFD
#define CLONE_PIDFD 0x1000
#endif

namespace kamexec::pool {
namespace {

class PoolSandbox : public PoolTest {
 protected:
  std::string ask_in_many_ways() {
    make_pool();
    if (ask({"pid"}).outcome.cause != process::Cause::ok) {
      return "no answer";
    }
    const process::RunResult three = ask({"exit", "3"});
    if (three.outcome.detail != "the worker exited with status 3") {
      return "exit: " + three.outcome.detail;
    }
    if (ask({"pid"}).outcome.cause != process::Cause::ok) {
      return "no answer after a worker's end";
    }
    const pid_t idle = worker_pid();
    ::kill(idle, SIGKILL);
    if (!process::eventually([&] { return !process::is_alive(idle); }) ||
        ask({"pid"}).outcome.cause != process::Cause::ok) {
      return "no answer after an idle worker's end";
    }
    const process::RunResult late = ask({"silent"}, milliseconds(300));
    if (late.outcome.cause != process::Cause::deadline) {
      return "deadline: " + late.outcome.detail;
    }
    pool().stop_all();
    if (!pool().run_until(after(Clock::now(), process::kGenerous))) {
      return "it doesn't stop";
    }
    end_pool();
    return {};
  }
};

TEST_F(PoolSandbox, WorksWithoutPidfds) {
  const std::string said = test::said_in_sandbox(
      {{SYS_clone, EPERM, CLONE_PIDFD}, {SYS_pidfd_open, EPERM}, {SYS_pidfd_send_signal, EPERM}},
      [this] { return ask_in_many_ways(); });
  if (said == test::kNotSandboxed) {
    GTEST_SKIP() << "no seccomp filter can be set here";
  }
  EXPECT_EQ(said, "");
}

TEST_F(PoolSandbox, WhereAWaitFailsTheWorkersThatAreAskedAreEnded) {
  const std::string said = test::said_in_sandbox({}, [this] {
    make_pool();
    if (ask({"pid"}).outcome.cause != process::Cause::ok) {
      return std::string("no answer");
    }
    std::string outcome;
    const std::vector<std::string_view> words{"silent"};
    const auto submitted = pool().submit(
        request_of(words), milliseconds(0), [&](Pool::JobId, const process::RunResult& result) {
          outcome = std::string(process::word(result.outcome.cause)) + ", " + result.outcome.detail;
        });
    if (!submitted || !test::refuse_calls({{SYS_ppoll, ENOMEM}})) {
      return std::string(test::kNotSandboxed);
    }
    static_cast<void>(pool().run_until(after(Clock::now(), process::kGenerous)));
    end_pool();
    return outcome;
  });
  if (said == test::kNotSandboxed) {
    GTEST_SKIP() << "no seccomp filter can be set here";
  }
  EXPECT_EQ(said, "unusable, the worker can't be waited for: Cannot allocate memory");
}

TEST_F(PoolSandbox, RequestIdsComeFromTheDeviceWithoutGetrandom) {
  const std::string said = test::said_in_sandbox({{SYS_getrandom, EPERM}}, [this] {
    make_pool();
    const process::RunResult result = ask({"pid"});
    end_pool();
    return std::string(process::word(result.outcome.cause)) + result.outcome.detail;
  });
  if (said == test::kNotSandboxed) {
    GTEST_SKIP() << "no seccomp filter can be set here";
  }
  EXPECT_EQ(said, "ok");
}

TEST_F(PoolSandbox, WithoutRandomnessACallIsRefused) {
  const std::string said = test::said_in_sandbox({{SYS_getrandom, EPERM}}, [this] {
    make_pool();
    if (ask({"pid"}).outcome.cause != process::Cause::ok) {
      return std::string("no answer");
    }
    if (!test::refuse_calls({{SYS_openat, EACCES}})) {
      return std::string(test::kNotSandboxed);
    }
    const process::RunResult result = ask({"pid"});
    end_pool();
    return std::string(process::word(result.outcome.cause)) + ", " + result.outcome.detail;
  });
  if (said == test::kNotSandboxed) {
    GTEST_SKIP() << "no seccomp filter can be set here";
  }
  EXPECT_EQ(said,
            "refused, no random id for the request: getrandom: Operation not permitted, and "
            "/dev/urandom: Permission denied");
}

}  // namespace
}  // namespace kamexec::pool

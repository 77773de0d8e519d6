// SPDX-License-Identifier: GPL-2.0-or-later
// What a call costs of memory: none once the client is warm; and where there is none, each call
// still ends, once.
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <new>

#include "client_fixture.h"
#include "support/allocations.h"
#include "support/sanitized.h"

namespace kamexec::service {
namespace {

using process::Cause;

/// A process that replies to all that comes: what is allocated here is the client's alone.
class AnsweringProcess {
 public:
  explicit AnsweringProcess(FakeDaemon& daemon) : pid_(::fork()) {
    if (pid_ == 0) {
      Peer peer = daemon.greet("program lcr 20000\n");
      for (std::string first = peer.line(); !first.empty(); first = peer.line()) {
        if (first.starts_with("request ")) {
          while (!peer.line().starts_with("end ")) {
          }
          peer.say(reply_to(first, "0", "line sip:4930@gw1.example.net\n"));
        }
      }
      ::_exit(0);
    }
  }
  ~AnsweringProcess() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  AnsweringProcess(const AnsweringProcess&) = delete;
  AnsweringProcess& operator=(const AnsweringProcess&) = delete;

 private:
  pid_t pid_;
};

class ClientCost : public ClientTest {
 protected:
  void SetUp() override {
#ifdef KAMEXEC_SANITIZED
    GTEST_SKIP() << "it has operators new of its own";
#endif
  }
};

TEST_F(ClientCost, AllocatesNothingOnceItIsWarm) {
  const AnsweringProcess answering(daemon());
  CallRequest call = request();
  call.uri = "sip:4930@example.net";
  call.variables = std::string_view("SIP_A=1\0SIP_B=2\0", 16);
  process::RunResult result;
  for (int i = 0; i < 20; ++i) {
    client().run(call, {kNoDeadline, true}, result);
    ASSERT_EQ(result.outcome.cause, Cause::ok) << result.outcome.detail;
  }
  const std::size_t before = test::allocations().ever;
  for (int i = 0; i < 200; ++i) {
    client().refresh();
    client().run(call, {kNoDeadline, true}, result);
  }
  EXPECT_EQ(test::allocations().ever, before);
  EXPECT_EQ(result.output, "sip:4930@gw1.example.net\n") << result.outcome.detail;
}

constexpr std::size_t kJobs = 3;

class ClientMemory : public ClientCost {
 protected:
  /// Whether an allocation has failed.
  bool run_with_failure(std::size_t good) {
    make_client();
    std::array<int, kJobs> ended{};
    std::array<bool, kJobs> taken{};
    // One thread: what fails is the client's.
    test::fail_allocations(good, 1);
    for (std::size_t i = 0; i < kJobs; ++i) {
      try {
        taken[i] =
            client()
                .submit(request("an argument that needs memory of its own"),
                        within(milliseconds(300)),
                        [&ended, i](Client::JobId, const process::RunResult&) { ++ended[i]; })
                .has_value();
      } catch (const std::bad_alloc&) {
        // It was not taken.
      }
    }
    const bool failed_early = test::stop_failing() > 0;
    const std::size_t left = failed_early ? 0 : good - std::min(good, used_by_submit_);
    Peer peer = daemon().greet("program lcr 20000\n");
    std::string replies;
    for (std::size_t i = 0; i < kJobs; ++i) {
      if (taken[i]) {
        replies += i == 1 ? failed(peer.request(), "refused", "detail a long enough reason\n")
                          : reply_to(peer.request(), "0", "line sip:4930@gw1.example.net\n");
      }
    }
    peer.say(replies);
    if (!failed_early) {
      test::fail_allocations(left, 1);
    }
    const auto all_ended = [&] {
      for (std::size_t i = 0; i < kJobs; ++i) {
        if (ended[i] != (taken[i] ? 1 : 0)) {
          return false;
        }
      }
      return true;
    };
    const TimePoint until = after(Clock::now(), kGenerous);
    while (!all_ended() && Clock::now() < until) {
      try {
        client().step(after(Clock::now(), milliseconds(20)));
      } catch (const std::bad_alloc&) {
        ADD_FAILURE() << "a step needs memory, after " << good;
      }
    }
    const bool failed = failed_early || test::stop_failing() > 0;
    EXPECT_TRUE(all_ended()) << "after " << good;
    end_client();
    return failed;
  }

  /// Allocations of submitting all.
  void count_submitting() {
    const std::size_t before = test::allocations().ever;
    for (std::size_t i = 0; i < kJobs; ++i) {
      EXPECT_NE(submit("an argument that needs memory of its own"), 0u);
    }
    used_by_submit_ = test::allocations().ever - before;
    static_cast<void>(daemon().accept());
    end_client();
  }

  std::size_t used_by_submit_ = 0;
};

TEST_F(ClientMemory, ShortOnceAnywhereEndsEachOnce) {
  count_submitting();
  std::size_t good = 0;
  while (run_with_failure(good) && !HasFailure()) {
    ++good;
  }
  EXPECT_GT(good, used_by_submit_);
}

TEST_F(ClientMemory, ShortInACallThatIsWaitedForEndsItAndNotTheNext) {
  const AnsweringProcess answering(daemon());
  process::RunResult result;
  client().run(request(), within(kGenerous), result);
  ASSERT_EQ(result.outcome.cause, Cause::ok) << result.outcome.detail;
  const std::string large(100'000, 'x');  // more than the buffers have kept
  test::fail_allocations(0, 1);
  EXPECT_THROW(client().run(request(large), within(kGenerous), result), std::bad_alloc);
  EXPECT_EQ(test::stop_failing(), 1u);
  client().run(request(large), within(kGenerous), result);
  EXPECT_EQ(result.outcome.cause, Cause::ok) << result.outcome.detail;
  EXPECT_EQ(client().counters().connections, 1u);
  end_client();
}

}  // namespace
}  // namespace kamexec::service

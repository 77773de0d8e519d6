// SPDX-License-Identifier: GPL-2.0-or-later
// What the host keeps: its signals, and its word when it is told to end. Each test plays host in a
// process of its own, so that handlers and masks are no other test's.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include <cerrno>

#include "fixture.h"
#include "process/pipe.h"
#include "support/sanitized.h"

namespace kamexec::process {
namespace {

/// What a host process and the test tell each other.
struct Shared {
  std::atomic<int> handler_ran{0};
  std::atomic<pid_t> program{0};
};

class Host : public ProcessTest {
 protected:
  void SetUp() override {
    ProcessTest::SetUp();
    void* memory =
        ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ASSERT_NE(memory, MAP_FAILED);
    shared_ = new (memory) Shared;
  }
  void TearDown() override {
    ::munmap(shared_, sizeof(Shared));
    ProcessTest::TearDown();
  }

  /// Starts a host. Its exit status is what @p body returns: 0 is well, other numbers tell what
  /// isn't.
  template <typename Body>
  static pid_t start_host(Body body) {
    const pid_t host = ::fork();
    if (host == 0) {
      ::alarm(60);
      ::_exit(body());
    }
    return host;
  }
  static int end_of(pid_t host) {
    int status = 0;
    EXPECT_EQ(::waitpid(host, &status, 0), host);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
  }
  template <typename Body>
  static int result_of_host(Body body) {
    return end_of(start_host(body));
  }
  static inline Shared* shared_ = nullptr;
};

TEST_F(Host, ToldToEndEndsTheProgramFirstAndThenHearsIt) {
  for (const int signal : {SIGTERM, SIGINT}) {
    shared_->handler_ran = 0;
    const pid_t host = start_host([&] {
      struct sigaction action {};
      action.sa_handler = [](int) { ++shared_->handler_ran; };
      sigaction(signal, &action, nullptr);
      const RunResult result = run_child({"daemon-stubborn"}, ending_after(milliseconds(0)));
      if (result.outcome.cause != Cause::deadline) {
        return 1;
      }
      if (result.outcome.detail != "the server is stopping") {
        return 2;
      }
      if (shared_->handler_ran != 1) {
        return 3;
      }
      for (const pid_t pid : printed_pids(result.output)) {
        if (is_alive(pid)) {
          return 4;
        }
      }
      return tagged_processes().empty() ? 0 : 5;
    });
    // The host was tagged by nobody: what carries the tag is the program and its daemon.
    ASSERT_TRUE(eventually([this] { return tagged_processes().size() >= 2; }));
    EXPECT_EQ(shared_->handler_ran, 0);
    ::kill(host, signal);
    EXPECT_EQ(end_of(host), 0);
  }
}

TEST_F(Host, WithoutAHandlerDiesOfItsSignalAfterTheProgram) {
  const pid_t host = start_host(
      [&] { return code(run_child({"sleep"}, ending_after(milliseconds(0))).outcome.cause); });
  ASSERT_TRUE(eventually([this] { return tagged_processes().size() == 1; }));
  ::kill(host, SIGTERM);
  EXPECT_EQ(end_of(host), 1000 + SIGTERM);
  EXPECT_TRUE(tagged_processes().empty());
}

TEST_F(Host, IgnoredSignalsEndNothing) {
  const pid_t host = start_host([&] {
    std::signal(SIGTERM, SIG_IGN);
    std::signal(SIGINT, SIG_IGN);
    const RunResult result = run_child({"sleep"}, ending_after(milliseconds(1000)));
    return result.outcome.detail == "still running after 1000 ms" ? 0 : 1;
  });
  ASSERT_TRUE(eventually([this] { return tagged_processes().size() == 1; }));
  ::kill(host, SIGTERM);
  ::kill(host, SIGINT);
  EXPECT_EQ(end_of(host), 0);
}

TEST_F(Host, OtherSignalsInterruptNothing) {
  const std::string gate = ::testing::TempDir() + "kamexec_gate_" + std::to_string(::getpid());
  ASSERT_EQ(::mkfifo(gate.c_str(), 0600), 0);
  const pid_t host = start_host([&] {
    struct sigaction action {};
    action.sa_handler = [](int) { ++shared_->handler_ran; };
    sigaction(SIGUSR1, &action, nullptr);  // no SA_RESTART
    const RunResult result =
        run_program("/bin/sh", {"-c", "read signals_sent < " + gate + "; echo well"});
    if (shared_->handler_ran == 0) {
      return 1;
    }
    return result.outcome.cause == Cause::ok && result.output == "well\n" ? 0 : 2;
  });
  ASSERT_TRUE(eventually([this] { return !tagged_processes().empty(); }));
  for (int i = 0; i < 20; ++i) {
    ::kill(host, SIGUSR1);
    ::usleep(1000);
  }
  const UniqueFd opened(::open(gate.c_str(), O_RDWR));
  ASSERT_EQ(::write(opened.get(), "\n", 1), 1);
  EXPECT_EQ(end_of(host), 0);
  ::unlink(gate.c_str());
}

TEST_F(Host, KilledOutrightTakesTheProgramAlong) {
  const pid_t host = start_host([&] {
    return code(run_child({"ignore-term"}, ending_after(milliseconds(0))).outcome.cause);
  });
  ASSERT_TRUE(eventually([this] { return tagged_processes().size() == 1; }));
  ::kill(host, SIGKILL);
  EXPECT_EQ(end_of(host), 1000 + SIGKILL);
  EXPECT_TRUE(eventually([this] { return tagged_processes().empty(); }));
}

TEST_F(Host, ReapingHandlerGetsNoneOfOurs) {
  EXPECT_EQ(result_of_host([&] {
              struct sigaction action {};
              action.sa_handler = [](int) {
                while (::waitpid(-1, nullptr, WNOHANG) > 0) {
                  ++shared_->handler_ran;
                }
              };
              sigaction(SIGCHLD, &action, nullptr);
              for (int i = 0; i < 50; ++i) {
                if (run_child({"exit", "5"}).outcome.exit_status != 5) {
                  return 1;
                }
              }
              return shared_->handler_ran == 0 ? 0 : 2;
            }),
            0);
}

TEST_F(Host, IgnoringSigchldIsToldAndNeverHangs) {
  EXPECT_EQ(result_of_host([&] {
              std::signal(SIGCHLD, SIG_IGN);
              const Outcome ended = run_child({"exit", "0"}).outcome;
              if (ended.cause != Cause::unusable || ended.system_errno != ECHILD) {
                return 1;
              }
              if (ended.detail.find("SIGCHLD") == std::string::npos) {
                return 2;
              }
              if (run_child({"print", "text"}).output != "text") {
                return 3;
              }
              const Outcome late =
                  run_child({"daemon-stubborn"}, ending_after(milliseconds(600))).outcome;
              if (late.cause != Cause::deadline) {
                return 4;
              }
              return tagged_processes().empty() ? 0 : 5;
            }),
            0);
}

TEST_F(Host, SignalsMaskAndDispositionsAreAsBefore) {
  EXPECT_EQ(result_of_host([&] {
              struct sigaction before[NSIG];
              for (int signal = 1; signal < NSIG; ++signal) {
                sigaction(signal, nullptr, &before[signal]);
              }
              (void)run_child({"ignore-term"}, ending_after(milliseconds(50)));
              for (int signal = 1; signal < NSIG; ++signal) {
                struct sigaction now {};
                if (sigaction(signal, nullptr, &now) == 0 &&
                    now.sa_handler != before[signal].sa_handler) {
                  return signal;
                }
              }
              return 0;
            }),
            0);
}

TEST_F(Host, GetsNoSigpipe) {
  const std::string input(1 << 20, 'i');
  EXPECT_EQ(result_of_host([&] {
              std::signal(SIGPIPE, SIG_DFL);
              RunOptions options = capturing();
              options.input = input;
              return run_child({"close-input-and-exit"}, options).outcome.cause == Cause::ok ? 0
                                                                                             : 1;
            }),
            0);
}

TEST_F(Host, KeepsASigpipeThatWasPending) {
  EXPECT_EQ(result_of_host([] {
              sigset_t sigpipe;
              sigemptyset(&sigpipe);
              sigaddset(&sigpipe, SIGPIPE);
              pthread_sigmask(SIG_BLOCK, &sigpipe, nullptr);
              auto pipe = make_input_pipe();
              pipe->childs.reset();
              const auto pending = [] {
                sigset_t set;
                sigpending(&set);
                return sigismember(&set, SIGPIPE) == 1;
              };
              if (write_some(pipe->ours.get(), "x").state != Transfer::State::finished) {
                return 1;
              }
              if (pending()) {
                return 2;
              }
              ::raise(SIGPIPE);
              (void)write_some(pipe->ours.get(), "x");
              return pending() ? 0 : 3;
            }),
            0);
}

TEST_F(Host, ForkedFromOneThatHasRunProgramsRunsThemToo) {
  ASSERT_EQ(run_child({"exit", "0"}).outcome.cause, Cause::ok);
  EXPECT_EQ(result_of_host([&] { return run_child({"exit", "6"}).outcome.exit_status; }), 6);
}

TEST_F(Host, ThreadsRunProgramsAtTheSameTime) {
  std::atomic<int> right{0};
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < 25; ++i) {
        const RunResult result = run_child({"print", std::to_string(thread * 100 + i)});
        right += result.output == std::to_string(thread * 100 + i) ? 1 : 0;
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(right, 100);
}

TEST_F(Host, WithoutDescriptorsLeftIsToldSo) {
#ifdef KAMEXEC_SANITIZED
  GTEST_SKIP() << "UBSan needs a descriptor for its own checks";
#endif
  EXPECT_EQ(result_of_host([&] {
              std::vector<int> taken;
              for (int fd; (fd = ::dup(0)) >= 0;) {
                taken.push_back(fd);
              }
              for (std::size_t free = 0; free < 8; ++free) {
                const Outcome outcome = run_child({"print", "text"}).outcome;
                const bool started = outcome.cause == Cause::ok;
                const bool told =
                    outcome.cause == Cause::not_started && outcome.system_errno == EMFILE;
                if (!started && !told) {
                  return static_cast<int>(free) + 1;
                }
                ::close(taken.back());
                taken.pop_back();
              }
              return run_child({"exit", "0"}).outcome.cause == Cause::ok ? 0 : 50;
            }),
            0);
}

}  // namespace
}  // namespace kamexec::process

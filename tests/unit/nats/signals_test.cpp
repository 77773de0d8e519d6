// SPDX-License-Identifier: GPL-2.0-or-later
// The daemon takes its signals from a descriptor: no thread of the library's may take them.
#include <sys/signalfd.h>
#include <unistd.h>

#include <csignal>

#include "base/unique_fd.h"
#include "link_fixture.h"

namespace kamexec::nats {
namespace {

/// Of the process' other threads, those that would take @p signal.
std::vector<std::string> threads_that_take(int signal) {
  std::vector<std::string> takers;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    if (task.path().filename() == std::to_string(::getpid())) {
      continue;
    }
    std::ifstream status(task.path() / "status");
    std::string name;
    for (std::string line; std::getline(status, line);) {
      if (line.rfind("Name:", 0) == 0) {
        name = line;
      }
      if (line.rfind("SigBlk:", 0) == 0) {
        const unsigned long long blocked = std::stoull(line.substr(7), nullptr, 16);
        if ((blocked >> (signal - 1) & 1U) == 0) {
          takers.push_back(name);
        }
      }
    }
  }
  return takers;
}

TEST(LinkSignalsTest, SignalsComeToTheirDescriptor) {
  SKIP_WITHOUT_NATS_SERVER();
  sigset_t term;
  sigemptyset(&term);
  sigaddset(&term, SIGTERM);
  sigset_t before;
  ASSERT_EQ(pthread_sigmask(SIG_UNBLOCK, &term, &before), 0);
  NatsServer server;
  ASSERT_TRUE(server.start());
  TestLink link(server.url());
  ASSERT_TRUE(link.connects());
  const SubscriptionId id = link.echo("call");
  for (int i = 0; i < 3; ++i) {
    server.kill();
    ASSERT_TRUE(link.until([&] { return !link->state().connected; }));
    ASSERT_TRUE(server.start());
    ASSERT_TRUE(link.connects());
  }
  bool done = false;
  link->unsubscribe(id, [&] { done = true; });
  EXPECT_THAT(threads_that_take(SIGTERM), testing::IsEmpty());
  EXPECT_TRUE(link.until([&] { return done; }));
  EXPECT_THAT(threads_that_take(SIGTERM), testing::IsEmpty());

  ASSERT_EQ(pthread_sigmask(SIG_BLOCK, &term, nullptr), 0);
  const UniqueFd signals(::signalfd(-1, &term, SFD_CLOEXEC | SFD_NONBLOCK));
  for (int i = 0; i < 50; ++i) {
    ASSERT_EQ(::kill(::getpid(), SIGTERM), 0);
    pollfd ready{signals.get(), POLLIN, 0};
    ASSERT_EQ(::poll(&ready, 1, 60'000), 1);
    signalfd_siginfo info{};
    ASSERT_EQ(::read(signals.get(), &info, sizeof(info)), static_cast<ssize_t>(sizeof(info)));
    EXPECT_EQ(info.ssi_signo, static_cast<unsigned>(SIGTERM));
  }
  ASSERT_EQ(pthread_sigmask(SIG_SETMASK, &before, nullptr), 0);
}

}  // namespace
}  // namespace kamexec::nats

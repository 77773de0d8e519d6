// SPDX-License-Identifier: GPL-2.0-or-later
// When workers are replaced, closed and kept, with no loop between the calls.
#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <set>

#include "fixture.h"

namespace kamexec::pool {
namespace {

class PoolLifetime : public PoolTest {
 protected:
  /// Calls until another worker answers; the calls that the first one answered. 0: none did.
  int calls_until_replaced(int most = 10'000) {
    const pid_t first = worker_pid();
    for (int i = 1; i < most; ++i) {
      if (worker_pid() != first) {
        return i;
      }
    }
    return 0;
  }
};

TEST_F(PoolLifetime, ReplacesAWorkerAfterItsRequests) {
  PoolOptions options;
  options.requests = 5;
  make_pool(options);
  EXPECT_GE(calls_until_replaced(), 5);
  EXPECT_GE(calls_until_replaced(), 4);
  EXPECT_EQ(pool().counters().ok, pool().counters().calls);
  EXPECT_EQ(pool().counters().failed, 0u);
}

TEST_F(PoolLifetime, ReplacesAWorkerThatIsOldEnough) {
  PoolOptions options;
  options.age = milliseconds(200);
  make_pool(options);
  const pid_t first = worker_pid();
  EXPECT_TRUE(process::eventually([&] { return worker_pid() != first; }));
  EXPECT_EQ(pool().counters().ok, pool().counters().calls);
  EXPECT_TRUE(process::eventually([&] {
    (void)worker_pid();
    return pool().counters().closed > 0;
  }));
}

TEST_F(PoolLifetime, KeepsTheOldWorkerWhileTheSuccessorStarts) {
  PoolOptions options;
  options.requests = 1;
  make_pool(options, {"slow", "1500"});
  const pid_t first = worker_pid();
  // All calls together take far less than the successor needs: one that waited would be its.
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(worker_pid(), first);
  }
  EXPECT_TRUE(process::eventually([&] { return worker_pid() != first; }));
}

TEST_F(PoolLifetime, ReloadReplacesWithoutFailingACall) {
  make_pool({}, {"slow", "1000"});
  const pid_t first = worker_pid();
  pool().reload();
  EXPECT_EQ(worker_pid(), first) << "it serves until its successor is ready";
  EXPECT_TRUE(process::eventually([&] { return worker_pid() != first; }));
  EXPECT_TRUE(process::eventually([&] {
    (void)worker_pid();
    return !process::is_alive(first);
  }));
  EXPECT_EQ(pool().counters().ok, pool().counters().calls);
  EXPECT_EQ(pool().counters().reloads, 1u);
  EXPECT_EQ(pool().counters().failed, 0u);
}

TEST_F(PoolLifetime, ReloadCanWaitForTheSuccessor) {
  make_pool({}, {"slow", "1000"});
  const pid_t first = worker_pid();
  pool().reload_until(after(Clock::now(), process::kGenerous));
  EXPECT_NE(worker_pid(), first) << "an old worker answered";
  const pid_t second = worker_pid();
  pool().reload_until(after(Clock::now(), milliseconds(20)));
  EXPECT_EQ(worker_pid(), second) << "what isn't there in time is not waited for";
  EXPECT_EQ(pool().counters().ok, pool().counters().calls);
}

TEST_F(PoolLifetime, ReloadKeepsTheOldOneWhereNoSuccessorStarts) {
  const std::string obstacle =
      ::testing::TempDir() + "kamexec_reload_" + std::to_string(::getpid());
  PoolOptions options;
  options.back_off_first = milliseconds(20);
  options.back_off_most = milliseconds(20);
  make_pool(options, {"fails-while", obstacle});
  const pid_t first = worker_pid();
  { const UniqueFd made(::creat(obstacle.c_str(), 0600)); }
  pool().reload();
  EXPECT_TRUE(process::eventually([&] {
    EXPECT_EQ(worker_pid(), first);
    return pool().counters().start_failures >= 3;
  }));
  ::unlink(obstacle.c_str());
  EXPECT_TRUE(process::eventually([&] { return worker_pid() != first; }));
  EXPECT_EQ(pool().counters().ok, pool().counters().calls);
}

TEST_F(PoolLifetime, AWorkerThatStaysAtTheEndOfItsInputIsEnded) {
  PoolOptions options;
  options.close_grace = milliseconds(50);
  make_pool(options, {"stays"});
  pool().start_workers();
  EXPECT_TRUE(process::eventually([&] {
    pool().step(Clock::now());
    return pool().gauges().idle == 1;
  }));
  pool().stop_all();
  EXPECT_TRUE(pool().run_until(after(Clock::now(), process::kGenerous)));
  EXPECT_TRUE(tagged_processes().empty());
}

TEST_F(PoolLifetime, ADescendantOfAWorkerThatLeftIsEnded) {
  PoolOptions options;
  options.requests = 1;
  make_pool(options);
  const auto child = static_cast<pid_t>(std::atol(ask({"keep-child"}).output.c_str()));
  EXPECT_TRUE(process::eventually([&] {
    expect_right_answer();
    return !process::is_alive(child);
  }));
}

TEST_F(PoolLifetime, IdleWorkersAboveTheLeastAreClosed) {
  PoolOptions options;
  options.start = 4;
  options.least = 1;
  options.idle = 2;
  options.idle_time = milliseconds(1000);  // by then all four have started
  make_pool(options);
  pool().start_workers();
  EXPECT_EQ(pool().gauges().starting, 4u);
  EXPECT_TRUE(process::eventually([&] {
    pool().step(after(Clock::now(), milliseconds(10)));
    return pool().gauges().idle == 4;
  }));
  EXPECT_TRUE(process::eventually([&] {
    pool().step(after(Clock::now(), milliseconds(10)));
    return pool().gauges().idle == 2 && pool().gauges().leaving == 0;
  }));
  // And no fewer.
  const TimePoint end = after(Clock::now(), options.idle_time + milliseconds(300));
  while (Clock::now() < end) {
    pool().step(end);
  }
  EXPECT_EQ(pool().gauges().idle, 2u);
  EXPECT_EQ(pool().counters().closed, 2u);
}

TEST_F(PoolLifetime, TheWorkerThatWasUsedLastIsUsedNext) {
  PoolOptions options;
  options.start = 3;
  options.least = 3;
  make_pool(options);
  pool().start_workers();
  EXPECT_TRUE(process::eventually([&] {
    pool().step(after(Clock::now(), milliseconds(10)));
    return pool().gauges().idle == 3;
  }));
  std::set<pid_t> pids;
  for (int i = 0; i < 10; ++i) {
    pids.insert(worker_pid());
  }
  EXPECT_EQ(pids.size(), 1u) << "so that the others grow old and can go";
}

TEST_F(PoolLifetime, ShowsItsWorkers) {
  make_pool();
  const pid_t pid = worker_pid();
  (void)worker_pid();
  ASSERT_EQ(pool().workers().size(), 1u);
  const Pool::WorkerInfo worker = pool().workers()[0];
  EXPECT_EQ(worker.pid, pid);
  EXPECT_EQ(worker.served, 2u);
  EXPECT_EQ(worker.state, Worker::State::idle);
  EXPECT_LE(worker.started_at, Clock::now());
}

TEST_F(PoolLifetime, RefusesWhenItWasStopped) {
  make_pool();
  const pid_t pid = worker_pid();
  pool().stop_all();
  EXPECT_EQ(ask({"echo"}).outcome.cause, process::Cause::refused);
  EXPECT_TRUE(pool().run_until(after(Clock::now(), process::kGenerous)));
  EXPECT_FALSE(process::is_alive(pid));
  EXPECT_EQ(pool().counters().closed, 1u);
  EXPECT_EQ(pool().counters().failed, 0u);
}

}  // namespace
}  // namespace kamexec::pool

// SPDX-License-Identifier: GPL-2.0-or-later
// Many requests at once, in a loop.
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <functional>
#include <map>
#include <set>

#include "fixture.h"

namespace kamexec::pool {
namespace {

using ::testing::HasSubstr;

class PoolSubmit : public PoolTest {
 protected:
  /// Submits; the result is kept by the job's number. 0: refused, and why is in refusal_.
  Pool::JobId submit(const std::vector<std::string>& arguments,
                     milliseconds timeout = process::kGenerous, bool may_wait = true) {
    const std::vector<std::string_view> views(arguments.begin(), arguments.end());
    auto id = pool().submit(
        request_of(views), timeout,
        [this](Pool::JobId number, process::RunResult result) {
          EXPECT_TRUE(results_.emplace(number, std::move(result)).second) << "told twice";
        },
        may_wait);
    if (id) {
      return *id;
    }
    refusal_ = id.error();
    return 0;
  }

  void run_all() { EXPECT_TRUE(pool().run_until(after(Clock::now(), process::kGenerous))); }

  /// Steps until the condition holds.
  template <typename Condition>
  [[nodiscard]] bool step_until(Condition condition) {
    return process::eventually([&] {
      pool().step(after(Clock::now(), milliseconds(20)));
      return condition();
    });
  }

  static PoolOptions with_workers(std::size_t count) {
    PoolOptions options;
    options.start = count;
    options.least = count;
    options.most = count;
    return options;
  }

  std::map<Pool::JobId, process::RunResult> results_;
  process::Outcome refusal_;
};

TEST_F(PoolSubmit, AnswersEachWithItsOwn) {
  make_pool(with_workers(4));
  std::map<Pool::JobId, std::string> expected;
  for (int i = 0; i < 200; ++i) {
    const std::string unique = "question " + std::to_string(i);
    expected[submit({"echo", unique})] = "echo\n" + unique + "\n";
  }
  run_all();
  ASSERT_EQ(results_.size(), expected.size());
  for (const auto& [id, output] : expected) {
    EXPECT_EQ(results_[id].outcome.cause, process::Cause::ok) << results_[id].outcome.detail;
    EXPECT_EQ(results_[id].output, output);
  }
  EXPECT_EQ(pool().counters().started, 4u);
}

TEST_F(PoolSubmit, UsesWorkersAtTheSameTime) {
  make_pool(with_workers(4));
  pool().start_workers();
  EXPECT_TRUE(step_until([&] { return pool().gauges().idle == 4; }));
  for (int i = 0; i < 4; ++i) {
    submit({"wait", "200"});
  }
  EXPECT_EQ(pool().gauges().busy, 4u);
  run_all();
  std::set<pid_t> pids;
  for (const auto& [id, result] : results_) {
    pids.insert(result.outcome.pid);
  }
  EXPECT_EQ(pids.size(), 4u);
}

TEST_F(PoolSubmit, StartsNoMoreThanTheMost) {
  PoolOptions options;
  options.most = 3;
  make_pool(options);
  for (int i = 0; i < 20; ++i) {
    EXPECT_NE(submit({"wait", "10"}), 0u);
  }
  while (results_.size() < 20) {
    pool().step(after(Clock::now(), milliseconds(100)));
    EXPECT_LE(pool().gauges().busy + pool().gauges().idle + pool().gauges().starting, 3u);
  }
  EXPECT_LE(pool().counters().started, 3u);
}

TEST_F(PoolSubmit, KeepsIdleOnesAhead) {
  PoolOptions options;
  options.most = 5;
  options.idle = 2;
  make_pool(options);
  const Pool::JobId held = submit({"wait", "30000"});
  EXPECT_TRUE(step_until([&] { return pool().gauges().busy == 1 && pool().gauges().idle == 2; }));
  EXPECT_TRUE(pool().cancel(held));
  run_all();
}

TEST_F(PoolSubmit, RefusesWhatTheQueueCannotHold) {
  PoolOptions options = with_workers(1);
  options.most_queued = 3;
  make_pool(options);
  pool().start_workers();
  EXPECT_TRUE(step_until([&] { return pool().gauges().idle == 1; }));
  for (int i = 0; i < 4; ++i) {
    EXPECT_NE(submit({"wait", "20"}), 0u);
  }
  EXPECT_EQ(pool().gauges().queued, 3u);
  EXPECT_EQ(submit({"wait", "20"}), 0u);
  EXPECT_EQ(refusal_.cause, process::Cause::refused);
  EXPECT_THAT(refusal_.detail, HasSubstr("the queue is full: 3 requests wait"));
  run_all();
  EXPECT_EQ(results_.size(), 4u);
  EXPECT_EQ(pool().counters().refused_by_queue, 1u);
}

TEST_F(PoolSubmit, WhatMayNotWaitGetsAnIdleWorkerOrIsRefused) {
  make_pool(with_workers(1));
  pool().start_workers();
  EXPECT_TRUE(step_until([&] { return pool().gauges().idle == 1; }));
  const Pool::JobId held = submit({"wait", "30000"}, process::kGenerous, false);
  EXPECT_NE(held, 0u);
  EXPECT_EQ(submit({"echo"}, process::kGenerous, false), 0u);
  EXPECT_EQ(refusal_.cause, process::Cause::refused);
  EXPECT_THAT(refusal_.detail, HasSubstr("it may not wait: "));
  EXPECT_TRUE(process::may_run_elsewhere(refusal_));
  const Pool::JobId waits = submit({"echo"});
  EXPECT_NE(waits, 0u) << "the queue has room for others";
  EXPECT_EQ(submit({"echo"}, process::kGenerous, false), 0u);
  EXPECT_EQ(pool().counters().refused_by_queue, 2u);
  EXPECT_TRUE(pool().cancel(held));
  run_all();
  EXPECT_EQ(results_[waits].outcome.cause, process::Cause::ok);
}

TEST_F(PoolSubmit, WhatMayNotWaitHasAWorkerStartedWhereOneMayBe) {
  PoolOptions options;
  options.start = 0;
  options.least = 0;
  options.idle = 0;
  options.most = 2;
  make_pool(options);
  EXPECT_NE(submit({"wait", "1"}, process::kGenerous, false), 0u);
  EXPECT_NE(submit({"wait", "1"}, process::kGenerous, false), 0u);
  EXPECT_EQ(submit({"wait", "1"}, process::kGenerous, false), 0u) << "both starts are taken";
  run_all();
  EXPECT_EQ(results_.size(), 2u);
  EXPECT_EQ(pool().counters().started, 2u);
}

TEST_F(PoolSubmit, RefusesWhatWaitedTooLong) {
  PoolOptions options = with_workers(1);
  options.queue_time = milliseconds(50);
  make_pool(options);
  pool().start_workers();
  EXPECT_TRUE(step_until([&] { return pool().gauges().idle == 1; }));
  submit({"wait", "1000"});
  const Pool::JobId late = submit({"echo"});
  EXPECT_TRUE(step_until([&] { return results_.count(late) == 1; }));
  EXPECT_EQ(results_[late].outcome.cause, process::Cause::refused);
  EXPECT_THAT(results_[late].outcome.detail, HasSubstr("the queue's 50 ms"));
  run_all();
}

TEST_F(PoolSubmit, DeadlinesCountFromTheQuestion) {
  make_pool(with_workers(1));
  pool().start_workers();
  EXPECT_TRUE(step_until([&] { return pool().gauges().idle == 1; }));
  const Pool::JobId slow = submit({"silent"}, milliseconds(1000));
  const Pool::JobId waiting = submit({"echo"}, milliseconds(100));
  const Pool::JobId patient = submit({"echo"});
  run_all();
  EXPECT_EQ(results_[slow].outcome.cause, process::Cause::deadline);
  EXPECT_EQ(results_[waiting].outcome.cause, process::Cause::deadline);
  EXPECT_THAT(results_[waiting].outcome.detail, HasSubstr("no worker was free"));
  EXPECT_EQ(results_[patient].outcome.cause, process::Cause::ok)
      << results_[patient].outcome.detail;
}

TEST_F(PoolSubmit, OneThatFailsDoesNotTouchTheOthers) {
  make_pool(with_workers(4));
  std::map<Pool::JobId, process::Cause> expected;
  std::map<Pool::JobId, std::string> outputs;
  const std::vector<std::string> bad{"garbage", "other-id", "half", "abort", "close", "exit"};
  for (int i = 0; i < 60; ++i) {
    if (i % 5 == 0) {
      const std::string& way = bad[static_cast<std::size_t>(i / 5) % bad.size()];
      expected[submit({way})] = process::Cause::unusable;
    } else {
      const Pool::JobId id = submit({"echo", std::to_string(i)});
      expected[id] = process::Cause::ok;
      outputs[id] = "echo\n" + std::to_string(i) + "\n";
    }
  }
  run_all();
  for (const auto& [id, cause] : expected) {
    EXPECT_EQ(results_[id].outcome.cause, cause) << results_[id].outcome.detail;
  }
  for (const auto& [id, output] : outputs) {
    EXPECT_EQ(results_[id].output, output);
  }
}

TEST_F(PoolSubmit, CancelsWhatWaitsAndWhatRuns) {
  make_pool(with_workers(1));
  pool().start_workers();
  EXPECT_TRUE(step_until([&] { return pool().gauges().idle == 1; }));
  const Pool::JobId running = submit({"wait", "10000"});
  const Pool::JobId waiting = submit({"echo"});
  const Pool::JobId last = submit({"echo"});
  EXPECT_TRUE(pool().cancel(waiting));
  EXPECT_FALSE(pool().cancel(waiting));
  EXPECT_TRUE(pool().cancel(running));
  EXPECT_FALSE(pool().cancel(4711));
  run_all();
  for (const Pool::JobId id : {running, waiting}) {
    EXPECT_EQ(results_[id].outcome.cause, process::Cause::deadline);
    EXPECT_EQ(results_[id].outcome.detail, "cancelled");
  }
  EXPECT_EQ(results_[last].outcome.cause, process::Cause::ok) << "another worker took its place";
  EXPECT_EQ(pool().counters().failed, 0u);
}

TEST_F(PoolSubmit, TellsWhoWaitedThatNoWorkerStarts) {
  PoolOptions options = with_workers(2);
  make_pool(options, {"exit"});
  for (int i = 0; i < 5; ++i) {
    submit({"echo"});
  }
  run_all();
  ASSERT_EQ(results_.size(), 5u);
  for (const auto& [id, result] : results_) {
    EXPECT_EQ(result.outcome.cause, process::Cause::not_started) << result.outcome.detail;
  }
}

TEST_F(PoolSubmit, ReloadsUnderLoadWithoutFailingACall) {
  make_pool(with_workers(3));
  std::set<pid_t> pids;
  std::size_t submitted = 0;
  const auto load = [&] {
    while (pool().gauges().queued < 5) {
      submit({"wait", "2"});
      ++submitted;
    }
  };
  EXPECT_TRUE(step_until([&] {
    load();
    return results_.size() > 20;
  }));
  for (const auto& worker : pool().workers()) {
    pids.insert(worker.pid);
  }
  EXPECT_EQ(pids.size(), 3u);
  pool().reload();
  EXPECT_TRUE(step_until([&] {
    load();
    const auto workers = pool().workers();
    EXPECT_LE(workers.size(), 3u + 1 + pool().gauges().leaving);
    return std::none_of(workers.begin(), workers.end(),
                        [&](const auto& worker) { return pids.count(worker.pid) == 1; });
  }));
  run_all();
  EXPECT_EQ(results_.size(), submitted);
  for (const auto& [id, result] : results_) {
    EXPECT_EQ(result.outcome.cause, process::Cause::ok) << result.outcome.detail;
  }
  EXPECT_EQ(pool().counters().failed, 0u);
}

TEST_F(PoolSubmit, StopsAll) {
  make_pool(with_workers(2));
  pool().start_workers();
  EXPECT_TRUE(step_until([&] { return pool().gauges().idle == 2; }));
  for (int i = 0; i < 5; ++i) {
    submit({"wait", "30000"});
  }
  pool().stop_all();
  EXPECT_EQ(submit({"echo"}), 0u);
  EXPECT_EQ(refusal_.detail, "the server is stopping");
  run_all();
  ASSERT_EQ(results_.size(), 5u);
  for (const auto& [id, result] : results_) {
    EXPECT_EQ(result.outcome.cause, process::Cause::deadline);
    EXPECT_EQ(result.outcome.detail, "the server is stopping");
  }
  EXPECT_TRUE(tagged_processes().empty());
}

TEST_F(PoolSubmit, TellsAHostsLoopWhenToStep) {
  make_pool(with_workers(1));
  submit({"wait", "50"});
  while (results_.empty()) {
    pollfd ready{pool().fd(), POLLIN, 0};
    ASSERT_EQ(::poll(&ready, 1, 20'000), 1);
    pool().step(Clock::now());
  }
  EXPECT_EQ(results_.begin()->second.outcome.cause, process::Cause::ok);
  // With nothing to do it is quiet.
  pool().step(Clock::now());
  pollfd ready{pool().fd(), POLLIN, 0};
  EXPECT_EQ(::poll(&ready, 1, 100), 0);
}

TEST_F(PoolSubmit, SeesAWorkersDeathAndStartsAnother) {
  make_pool(with_workers(1));
  pool().start_workers();
  EXPECT_TRUE(step_until([&] { return pool().gauges().idle == 1; }));
  const pid_t first = pool().workers()[0].pid;
  ::kill(first, SIGKILL);
  EXPECT_TRUE(step_until([&] {
    return pool().gauges().idle == 1 && pool().workers().size() == 1 &&
           pool().workers()[0].pid != first;
  }));
  EXPECT_EQ(pool().counters().failed, 1u);
}

TEST_F(PoolSubmit, CompletionsMaySubmitAndCancel) {
  make_pool(with_workers(1));
  int rounds = 0;
  std::function<void()> again = [&] {
    const std::vector<std::string_view> arguments{"echo"};
    const auto first = pool().submit(request_of(arguments), process::kGenerous,
                                     [&](Pool::JobId, const process::RunResult&) {
                                       if (++rounds < 10) {
                                         again();
                                       }
                                     });
    const auto second = pool().submit(request_of(arguments), process::kGenerous, {});
    ASSERT_TRUE(first && second);
    pool().cancel(*second);
  };
  again();
  run_all();
  EXPECT_EQ(rounds, 10);
}

TEST_F(PoolSubmit, SendsLargeRequestsWithoutWaiting) {
  make_pool(with_workers(2));
  pool().start_workers();
  EXPECT_TRUE(step_until([&] { return pool().gauges().idle == 2; }));
  const std::string large(500'000, 'x');
  submit({"wait", "100", large});
  const Pool::JobId echoed = submit({"echo", large});
  const Pool::JobId small = submit({"echo"});
  run_all();
  EXPECT_EQ(results_[echoed].output.size(), large.size() + 6);
  EXPECT_EQ(results_[small].outcome.cause, process::Cause::ok);
}

TEST_F(PoolSubmit, LeavesNothingWhenItIsDestroyedAtWork) {
  make_pool(with_workers(3));
  for (int i = 0; i < 5; ++i) {
    submit({"deaf"});
  }
  EXPECT_TRUE(step_until([&] { return pool().gauges().busy == 3; }));
  end_pool();
  EXPECT_TRUE(results_.empty());
}

}  // namespace
}  // namespace kamexec::pool

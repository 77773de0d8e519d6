// SPDX-License-Identifier: GPL-2.0-or-later
#include "process/job_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/allocations.h"
#include "support/sanitized.h"

namespace kamexec::process {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct NamedJob : TableJob {
  std::string name{};
};

class JobTableTest : public ::testing::Test {
 protected:
  static TimePoint at(int time) { return TimePoint() + milliseconds(1000 + time); }

  NamedJob& add(const std::string& name, milliseconds timeout = milliseconds(0)) {
    NamedJob& job = table_.add(at(0), timeout, [this, name](JobId, const RunResult& result) {
      delivered_.push_back(name + ":" + result.output);
    });
    job.name = name;
    return job;
  }
  void finish(NamedJob& job, const std::string& output) {
    job.result.output = output;
    table_.finish(job);
  }

  JobTable<NamedJob> table_;
  std::vector<std::string> delivered_;
};

TEST_F(JobTableTest, TellsEachEndOnceInTheirOrder) {
  NamedJob& first = add("first");
  NamedJob& second = add("second");
  EXPECT_NE(first.id, second.id);
  const JobId id = second.id;
  finish(second, "b");
  finish(first, "a");
  EXPECT_THAT(delivered_, IsEmpty());  // by deliver() alone
  EXPECT_EQ(table_.wake_at(), TimePoint::min());
  EXPECT_EQ(table_.size(), 2U);
  table_.deliver();
  EXPECT_THAT(delivered_, ElementsAre("second:b", "first:a"));
  EXPECT_EQ(table_.find(id), nullptr);
  EXPECT_TRUE(table_.empty());
  table_.deliver();
  EXPECT_EQ(delivered_.size(), 2U);
}

TEST_F(JobTableTest, ACompletionMayAddAndFinishOthers) {
  NamedJob& outer = table_.add(at(0), {}, [this](JobId id, const RunResult&) {
    EXPECT_EQ(table_.find(id), nullptr);
    finish(add("inner"), "i");
    delivered_.emplace_back("outer");
  });
  table_.finish(outer);
  finish(add("next"), "n");
  table_.deliver();
  EXPECT_THAT(delivered_, ElementsAre("outer", "next:n"));
  table_.deliver();
  EXPECT_THAT(delivered_, ElementsAre("outer", "next:n", "inner:i"));
}

TEST_F(JobTableTest, QueuesInOrderAndForNoLongerThanItMay) {
  NamedJob& patient = add("patient");
  NamedJob& limited = add("limited", milliseconds(500));
  NamedJob& hurried = add("hurried", milliseconds(20));
  table_.enqueue(patient, milliseconds(0));
  table_.enqueue(limited, milliseconds(100));
  table_.enqueue(hurried, milliseconds(100));
  EXPECT_EQ(table_.count(JobState::queued), 3U);
  EXPECT_EQ(table_.first(JobState::queued), &patient);
  EXPECT_EQ(table_.wake_at(), at(20));
  EXPECT_EQ(table_.next_due(at(19)), nullptr);
  EXPECT_EQ(table_.next_due(at(20)), &hurried);
  EXPECT_EQ(table_.next_due(at(99)), nullptr);  // once
  EXPECT_EQ(table_.next_due(at(100)), &limited);
  EXPECT_EQ(table_.next_due(at(1'000'000)), nullptr);
  EXPECT_EQ(table_.wake_at(), kNoDeadline);

  table_.move_to(patient, JobState::running);
  EXPECT_EQ(table_.first(JobState::queued), &limited);
  EXPECT_EQ(table_.first(JobState::running), &patient);
}

TEST_F(JobTableTest, ForgetsOneThatWasRemoved) {
  NamedJob& job = add("removed", milliseconds(10));
  table_.enqueue(job, {});
  table_.remove(job);
  EXPECT_EQ(table_.count(JobState::queued), 0U);
  EXPECT_EQ(table_.next_due(at(50)), nullptr);
  EXPECT_EQ(table_.wake_at(), kNoDeadline);
  table_.deliver();
  EXPECT_THAT(delivered_, IsEmpty());
}

TEST_F(JobTableTest, AShortageTakesNothingIn) {
#ifdef KAMEXEC_SANITIZED
  GTEST_SKIP() << "it has operators new of its own";
#endif
  JobCompletion completion = [](JobId, const RunResult&) {};
  int thrown = 0;
  for (std::size_t good = 0; good < 2; ++good) {  // a node of a list, and one of the map
    JobCompletion given = completion;
    test::fail_allocations(good, 1);
    try {
      table_.add(at(0), {}, std::move(given));
    } catch (const std::bad_alloc&) {
      ++thrown;
    }
    test::stop_failing();
  }
  EXPECT_EQ(thrown, 2);
  EXPECT_TRUE(table_.empty());
  EXPECT_EQ(table_.count(JobState::admitted), 0U);
}

TEST_F(JobTableTest, ItsWayToTheEndNeedsNoMemory) {
  NamedJob& job = table_.add(at(0), milliseconds(10), [](JobId, const RunResult&) {});
  table_.enqueue(job, {});
  const std::size_t before = test::allocations().ever;
  table_.move_to(job, JobState::admitted);
  table_.set_time(job, kNoDeadline);
  table_.move_to(job, JobState::running);
  table_.set_time(job, at(30));
  table_.finish(job);
  table_.deliver();
  EXPECT_EQ(test::allocations().ever, before);
  EXPECT_TRUE(table_.empty());
}

}  // namespace
}  // namespace kamexec::process

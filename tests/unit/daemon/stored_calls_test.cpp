// SPDX-License-Identifier: GPL-2.0-or-later
// Calls that go to a real store, and attempts that real programs are.
#include "daemon/stored_calls.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <thread>

#include "daemon_parts.h"

namespace kamexec::daemon {
namespace {

using process::Cause;
using process::Outcome;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using Kind = AttemptEnd::Kind;

process::RunResult run_result(Cause cause, pid_t pid, const std::string& detail = "",
                              int number = 0) {
  process::RunResult result;
  result.outcome.cause = cause;
  result.outcome.pid = pid;
  result.outcome.detail = detail;
  result.outcome.system_errno = number;
  return result;
}

TEST(EndOfAttempt, OnlyWhatHasRunCounts) {
  const auto kind = [](const process::RunResult& result) { return end_of(result, {}).kind; };
  EXPECT_EQ(kind(run_result(Cause::ok, 7)), Kind::done);
  EXPECT_EQ(kind(run_result(Cause::nonzero_exit, 7)), Kind::failed);
  EXPECT_EQ(kind(run_result(Cause::deadline, 7, "killed")), Kind::failed);
  EXPECT_EQ(kind(run_result(Cause::unusable, 7, "too much output")), Kind::failed);
  EXPECT_EQ(kind(run_result(Cause::deadline, 0, "no worker was free")), Kind::not_run);
  EXPECT_EQ(kind(run_result(Cause::unusable, 0, "no worker accepts it")), Kind::not_run);
  EXPECT_EQ(kind(run_result(Cause::refused, 0, "the breaker is open")), Kind::not_run);
  EXPECT_EQ(kind(run_result(Cause::not_started, 0, "no such file", ENOENT)), Kind::not_run);
  EXPECT_EQ(kind(run_result(Cause::not_started, 0, "too long", E2BIG)), Kind::failed)
      << "no other attempt would do better";
  EXPECT_EQ(kind(run_result(Cause::refused, 0, "too long", EMSGSIZE)), Kind::failed);
  process::RunResult stopped;
  stopped.outcome = Outcome::host_stops();
  EXPECT_EQ(kind(stopped), Kind::killed);
  stopped.outcome.pid = 7;
  EXPECT_EQ(kind(stopped), Kind::killed);
  stopped.outcome = Outcome::refused(std::string(process::kHostStops));
  EXPECT_EQ(kind(stopped), Kind::killed);
}

TEST(EndOfAttempt, TellsWhatThereIsToKnow) {
  process::RunResult result = run_result(Cause::nonzero_exit, 7);
  result.outcome.exit_status = 3;
  result.error = "no database\n" + std::string(10'000, 'x');
  stored::LastAttempt last = end_of(result, stored::WallTime(std::chrono::hours(1))).last;
  EXPECT_EQ(last.outcome, "no");
  EXPECT_EQ(last.exit_status, 3);
  EXPECT_THAT(last.detail, HasSubstr("exit status 3; its standard error: no database\n"));
  EXPECT_LE(last.detail.size(), 2'000U);
  EXPECT_EQ(last.at, stored::WallTime(std::chrono::hours(1)));
  result.outcome.exit_status = -1;
  result.outcome.signal = 9;
  result.error.clear();
  EXPECT_EQ(end_of(result, {}).last.detail, "signal 9");
}

class StoredCallsTest : public testing::Test {
 protected:
  StoredCallsTest() {
    std::string pattern = testing::TempDir() + "storedXXXXXX";
    directory_ = ::mkdtemp(pattern.data());
    executor_ = open_executor();
  }
  ~StoredCallsTest() override {
    end();
    std::filesystem::remove_all(directory_);
  }

  /// The program "bill": sh, with @p script.
  void begin(const std::string& script,
             const std::string& attributes = "retry=10ms; retry_most=10ms") {
    served_ = served_of(
        {"name=bill; run=/bin/sh -c '" + script + "' sh; delivery=stored; " + attributes}, served_);
    if (calls_ == nullptr) {
      calls_ = std::make_unique<StoredCalls>(*executor_);
      const Result<void> opened = calls_->open(directory_);
      ASSERT_TRUE(opened) << opened.error().message;
    }
    calls_->serve(served_);
  }
  /// As at the daemon's end.
  void end() {
    if (calls_ != nullptr) {
      calls_->stop();
      executor_->stop_until(after(Clock::now(), std::chrono::seconds(10)));
      calls_->leave();
      calls_.reset();
    }
  }
  StoredCalls::KeepId keep(std::vector<std::string_view> arguments, std::string_view call = "cmd",
                           std::chrono::milliseconds patience = std::chrono::seconds(20)) {
    service::CallRequest request;
    request.call = call;
    request.program = "bill";
    request.arguments = arguments;
    return calls_->keep(served_.at("bill"), request, after(Clock::now(), patience),
                        [this](const process::RunResult& result) { answers_.push_back(result); });
  }
  /// Turns of a loop until @p holds, a long time at most.
  template <typename Condition>
  bool turn_until(Condition holds) {
    const TimePoint until = after(Clock::now(), std::chrono::seconds(20));
    while (!holds()) {
      if (Clock::now() > until) {
        return false;
      }
      turn();
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return true;
  }
  void turn() {
    static_cast<void>(executor_->step());
    static_cast<void>(executor_->start_some());
    calls_->step();
    calls_->settle();
  }
  StoredStatus status() { return calls_->status_of("bill").value_or(StoredStatus()); }
  /// The lines of a file below the directory.
  std::vector<std::string> lines(const std::string& name) const {
    std::ifstream file(directory_ + "/" + name);
    std::vector<std::string> all;
    for (std::string line; std::getline(file, line);) {
      all.push_back(line);
    }
    return all;
  }
  std::string note() const {
    return "echo $KAMEXEC_ID $KAMEXEC_ATTEMPT \"$1\" >> " + directory_ + "/runs; ";
  }

  std::string directory_;
  std::unique_ptr<engine::Executor> executor_;
  ServedPrograms served_;
  std::unique_ptr<StoredCalls> calls_;
  std::vector<process::RunResult> answers_;
};

TEST_F(StoredCallsTest, TheAnswerComesWhenItIsOnDisk) {
  begin(note());
  EXPECT_NE(keep({"a"}), 0U);
  EXPECT_THAT(answers_, IsEmpty());
  ASSERT_TRUE(turn_until([&] { return answers_.size() == 1; }));
  EXPECT_EQ(answers_[0].outcome.cause, Cause::ok);
  ASSERT_THAT(answers_[0].output, SizeIs(33));
  const std::string id = answers_[0].output.substr(0, 32);
  ASSERT_TRUE(turn_until([&] { return status().done == 1; }));
  EXPECT_THAT(lines("runs"), testing::ElementsAre(id + " 1 a"));
  EXPECT_FALSE(status().oldest);
}

TEST_F(StoredCallsTest, WhoWantsOutputIsRefusedAtOnce) {
  begin(note());
  for (const char* call : {"run", "avp", "dset"}) {
    EXPECT_EQ(keep({}, call), 0U);
    EXPECT_EQ(answers_.back().outcome.cause, Cause::refused);
    EXPECT_THAT(answers_.back().outcome.detail, HasSubstr(std::string("not by exec_") + call));
  }
}

TEST_F(StoredCallsTest, OneForWhichThereIsNoPlaceIsRefusedForGood) {
  begin("exit 1", "store_most=1; retry=1h; retry_most=1h");
  keep({"a"});
  ASSERT_TRUE(turn_until([&] { return answers_.size() == 1 && status().waiting == 1; }));
  EXPECT_EQ(keep({"b"}), 0U);
  EXPECT_THAT(answers_.back().outcome.detail, HasSubstr("store_most"));
  EXPECT_FALSE(process::may_run_elsewhere(answers_.back().outcome));
}

TEST_F(StoredCallsTest, AtItsDeadlineACallIsTakenBack) {
  begin(note());
  EXPECT_NE(keep({"late"}, "cmd", std::chrono::milliseconds(0)), 0U);
  calls_->settle();  // before the store has told
  ASSERT_TRUE(turn_until([&] { return answers_.size() == 1; }));
  EXPECT_EQ(answers_[0].outcome.cause, Cause::deadline);
  keep({"next"});
  ASSERT_TRUE(turn_until([&] { return status().done == 1 && status().waiting == 0; }));
  EXPECT_THAT(lines("runs"), testing::ElementsAre(testing::EndsWith(" 1 next")));
}

TEST_F(StoredCallsTest, ACancelledOneHasNoAnswer) {
  begin(note());
  for (int i = 0; i < 50; ++i) {
    calls_->cancel(keep({"no"}));
  }
  keep({"yes"});
  ASSERT_TRUE(turn_until([&] { return answers_.size() == 1 && status().done == 1; }));
  EXPECT_EQ(status().waiting, 0U);
  EXPECT_THAT(lines("runs"), testing::ElementsAre(testing::EndsWith(" 1 yes")));
}

TEST_F(StoredCallsTest, WhatIsKilledAtTheEndRunsAgainWithItsId) {
  begin(note() + "[ -e " + directory_ + "/go ] || exec sleep 30", "timeout=25s");
  keep({"a"});
  ASSERT_TRUE(turn_until([&] { return lines("runs").size() == 1; }));
  EXPECT_EQ(calls_->attempts(), 1U);
  end();
  std::ofstream(directory_ + "/go") << "\n";
  executor_ = open_executor();
  begin(note(), "timeout=25s");
  ASSERT_TRUE(turn_until([&] { return status().done == 1; }));
  ASSERT_THAT(lines("runs"), SizeIs(2));
  EXPECT_EQ(lines("runs")[0], lines("runs")[1]) << "the same id, the same number";
}

TEST_F(StoredCallsTest, AChangedDefinitionIsTheNextAttempts) {
  begin("exit 1", "retry=1h; retry_most=1h");
  keep({"a"});
  ASSERT_TRUE(turn_until([&] { return status().failed_attempts == 1; }));
  begin(note(), "timeout=7s");
  ASSERT_TRUE(turn_until([&] { return answers_.size() == 1; }));
  std::vector<process::RunResult> changed;
  calls_->ask(*read_queue_command(std::vector<std::string_view>{"retry"}),
              [&](const process::RunResult& result) { changed.push_back(result); });
  ASSERT_TRUE(turn_until([&] { return status().done == 1; }));
  ASSERT_THAT(changed, SizeIs(1));
  EXPECT_EQ(changed[0].output, "{\"changed\":1}\n");
  EXPECT_THAT(lines("runs"), testing::ElementsAre(testing::EndsWith(" 2 a")));
}

TEST_F(StoredCallsTest, AListInPieces) {
  begin("exit 1", "retry=1h; retry_most=1h");
  for (int i = 0; i < 40; ++i) {
    keep({"a"});
  }
  ASSERT_TRUE(turn_until([&] { return status().failed_attempts == 40; }));
  std::vector<process::RunResult> listed;
  calls_->ask(*read_queue_command(std::vector<std::string_view>{"list", "most=35"}),
              [&](const process::RunResult& result) { listed.push_back(result); });
  ASSERT_TRUE(turn_until([&] { return listed.size() == 1; }));
  const std::string& text = listed[0].output;
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 36);
  EXPECT_THAT(text, testing::EndsWith("{\"more_after\":35}\n"));
}

}  // namespace
}  // namespace kamexec::daemon

// SPDX-License-Identifier: GPL-2.0-or-later
// Calls of other hosts, run by real programs: plain ones, those that a cache answers, stored ones.
#include "daemon/offered_calls.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>

#include <filesystem>
#include <map>

#include "daemon/clients.h"
#include "daemon/event_loop.h"
#include "daemon_parts.h"

namespace kamexec::daemon {
namespace {

using process::Cause;
using testing::HasSubstr;
using testing::SizeIs;

class NoRequests final : public Requests {
 public:
  void on_hello(Connection&) override {}
  void on_call(Connection&, const service::CallRequest&) override {}
  void on_refused(Connection&, std::string_view, std::string_view) override {}
  void on_cancel(Connection&, std::string_view) override {}
  void on_control(Connection&, const service::ControlRequest&) override {}
  void on_closed(Connection&, std::string_view) override {}
};

class OfferedCallsTest : public testing::Test {
 protected:
  struct Answered {
    process::RunResult result;
    bool elsewhere = false;
  };

  OfferedCallsTest() {
    std::string pattern = testing::TempDir() + "offeredXXXXXX";
    directory_ = ::mkdtemp(pattern.data());
    EXPECT_TRUE(runner_.open(clients_, stored_));
  }
  ~OfferedCallsTest() override {
    stored_.stop();
    runner_.stop_until(after(Clock::now(), std::chrono::seconds(10)));
    stored_.leave();
    std::filesystem::remove_all(directory_);
  }

  void serve(const std::vector<std::string>& definitions) {
    served_ = served_of(definitions);
    for (const auto& [name, served] : served_) {
      served->notice.name = name;
      if (served->program.definition.stored.stored && !stored_.is_open()) {
        ASSERT_TRUE(stored_.open(directory_));
      }
    }
    stored_.serve(served_);
    calls_.serve(offered_programs(served_, true));
  }
  /// As it is read of what comes.
  void call(fleet::OfferedCallId id, const std::string& program, const std::string& argument,
            bool may_wait = true, const std::string& function = "run",
            const std::string& milliseconds = "0") {
    fleet::ReceivedCall received;
    const Result<void> read =
        fleet::read_call("request a" + std::to_string(id) + " " + function + " " + milliseconds +
                             "\narg " + argument + "\nend a" + std::to_string(id) + "\n",
                         received);
    ASSERT_TRUE(read) << read.error().message;
    calls_.on_call(id, program, received, may_wait);
  }
  /// As the daemon's loop does.
  template <typename Done>
  void work_until(Done done) {
    const TimePoint until = after(Clock::now(), std::chrono::seconds(30));
    while (!done() && Clock::now() < until) {
      std::array<pollfd, 2> watched{pollfd{runner_.fd(), POLLIN, 0}, pollfd{-1, POLLIN, 0}};
      if (stored_.is_open()) {
        watched[1].fd = stored_.fd();
      }
      ::poll(watched.data(), watched.size(), 20);
      runner_.step();
      if (stored_.is_open()) {
        stored_.step();
        stored_.settle();
      }
      runner_.expire(Clock::now());
    }
    EXPECT_TRUE(done());
  }
  const Answered& answer_to(fleet::OfferedCallId id) {
    work_until([&] { return answers_.contains(id); });
    return answers_[id];
  }

  std::string directory_;
  NoRequests requests_;
  EventLoop loop_{std::move(*EventLoop::create())};
  Clients clients_{loop_, requests_};
  CallRunner runner_;
  StoredCalls stored_{runner_.executor()};
  ServedPrograms served_;
  std::map<fleet::OfferedCallId, Answered> answers_;
  OfferedCalls calls_{
      runner_, [this](fleet::OfferedCallId id, const process::RunResult& result, bool elsewhere) {
        EXPECT_TRUE(answers_.emplace(id, Answered{result, elsewhere}).second) << "told twice";
      }};
};

TEST_F(OfferedCallsTest, AProgramAnswers) {
  serve({"name=say; run=/bin/sh -c 'echo \"said $1\"; echo why >&2; exit 3' sh"});
  call(7, "say", "hello");
  const Answered& answered = answer_to(7);
  EXPECT_EQ(answered.result.outcome.cause, Cause::nonzero_exit);
  EXPECT_EQ(answered.result.outcome.exit_status, 3);
  EXPECT_EQ(answered.result.output, "said hello\n");
  EXPECT_EQ(answered.result.error, "why\n");
  EXPECT_FALSE(answered.elsewhere);
  EXPECT_EQ(runner_.in_flight(), 0U);
  EXPECT_EQ(served_["say"]->calls.of(Cause::nonzero_exit), 1U) << "counted as any other call";
}

TEST_F(OfferedCallsTest, AProgramIsToldWhichAttemptItIs) {
  serve({"name=bill; run=/bin/sh -c 'echo $KAMEXEC_ID $KAMEXEC_ATTEMPT'"});
  fleet::ReceivedCall received;
  ASSERT_TRUE(fleet::read_call("request 0a1b run 0\nattempt 3\nend 0a1b\n", received));
  calls_.on_call(1, "bill", received, true);
  EXPECT_EQ(answer_to(1).result.output, "0a1b 3\n");
  call(2, "bill", "x");
  EXPECT_EQ(answer_to(2).result.output, "\n") << "one that is tried once has no id";
}

TEST_F(OfferedCallsTest, AFullProgramRefusesWhatMayNotWait) {
  serve({"name=slow; max=1; timeout=1m; run=/bin/sh -c 'sleep 60'"});
  call(1, "slow", "x", false);
  call(2, "slow", "x", false);
  ASSERT_TRUE(answers_.contains(2)) << "at once";
  EXPECT_EQ(answers_[2].result.outcome.cause, Cause::refused);
  EXPECT_TRUE(answers_[2].elsewhere);
  call(3, "slow", "x", true);
  EXPECT_FALSE(answers_.contains(3)) << "it waits";
  calls_.on_cancel(3);
  calls_.on_cancel(1);
  calls_.on_cancel(1);
  calls_.on_cancel(99);
  work_until([&] { return runner_.in_flight() == 0; });
  EXPECT_THAT(answer_to(1).result.outcome.detail, HasSubstr("cancelled"));
  EXPECT_THAT(answer_to(3).result.outcome.detail, HasSubstr("cancelled"));
}

TEST_F(OfferedCallsTest, TheCallersTimeCounts) {
  serve({"name=slow; timeout=1m; run=/bin/sh -c 'exec sleep 60'"});
  call(1, "slow", "x", true, "run", "50");
  EXPECT_EQ(answer_to(1).result.outcome.cause, Cause::deadline);
  EXPECT_FALSE(answers_[1].elsewhere);
}

TEST_F(OfferedCallsTest, WhatNoProgramCanBeGivenIsRefusedEverywhere) {
  serve({"name=any; run=/bin/true"});
  call(1, "any", "a%00b");
  EXPECT_EQ(answer_to(1).result.outcome.cause, Cause::refused);
  EXPECT_FALSE(answers_[1].elsewhere);
}

TEST_F(OfferedCallsTest, WhatIsNotOfferedMayRunElsewhere) {
  serve({"name=any; run=/bin/true", "name=ours; offer=no; run=/bin/true",
         "name=shared; allow=root; offer=yes; run=/bin/true", "name=far; via=nats"});
  for (const char* name : {"ours", "far", "nothing"}) {
    answers_.clear();
    call(1, name, "x");
    EXPECT_EQ(answer_to(1).result.outcome.cause, Cause::not_started) << name;
    EXPECT_TRUE(answers_[1].elsewhere) << name;
  }
  answers_.clear();
  call(1, "shared", "x");
  EXPECT_EQ(answer_to(1).result.outcome.cause, Cause::ok);
  EXPECT_THAT(offered_programs(served_, true), SizeIs(2));
  EXPECT_THAT(offered_programs(served_, false), SizeIs(1));
}

TEST_F(OfferedCallsTest, ACacheAnswersOthersToo) {
  serve({"name=cached; cache=1h; run=/bin/sh -c 'echo $$' sh"});
  call(1, "cached", "x");
  call(2, "cached", "x", false);  // joins the run of the first
  const std::string first = answer_to(1).result.output;
  EXPECT_EQ(answer_to(2).result.output, first);
  call(3, "cached", "x", false);
  ASSERT_TRUE(answers_.contains(3)) << "at once";
  EXPECT_EQ(answers_[3].result.output, first);
  call(4, "cached", "other", false);
  EXPECT_NE(answer_to(4).result.output, first);
  call(5, "cached", "x", true, "cmd");
  EXPECT_EQ(answer_to(5).result.output, "") << "exec_cmd has no use for it";
  call(6, "cached", "third");
  calls_.on_cancel(6);
  EXPECT_EQ(answer_to(6).result.outcome.cause, Cause::deadline);
  work_until([&] { return runner_.in_flight() == 0; });
  EXPECT_EQ(served_["cached"]->cache->figures().entries, 2U);
}

TEST_F(OfferedCallsTest, AStoredCallIsAnsweredWhenItIsOnDisk) {
  const std::string file = directory_ + "/ran";
  serve({"name=bill; delivery=stored; run=/bin/sh -c 'echo \"$1\" >> " + file + "' sh"});
  call(1, "bill", "ten", false, "cmd");
  EXPECT_EQ(answer_to(1).result.outcome.cause, Cause::ok) << answers_[1].result.outcome.detail;
  EXPECT_NE(answers_[1].result.output, "") << "its name";
  work_until([&] { return std::filesystem::exists(file) && stored_.attempts() == 0; });
  call(2, "bill", "ten", false, "avp");
  EXPECT_EQ(answer_to(2).result.outcome.cause, Cause::refused) << "nobody gets its output";
}

TEST_F(OfferedCallsTest, WhatAProgramHasNoUseForIsKnown) {
  serve({"name=any; run=/bin/true"});
  served_["any"]->notice.message = false;
  served_["any"]->notice.uri = false;
  const engine::Needs wants = wants_of(*served_["any"]);
  EXPECT_TRUE(wants.variables);
  EXPECT_TRUE(wants.input);
  EXPECT_FALSE(wants.message);
  EXPECT_FALSE(wants.uri);
}

}  // namespace
}  // namespace kamexec::daemon

// SPDX-License-Identifier: GPL-2.0-or-later
// The caller's side against the worker daemon's: a FleetRunner and what Offers make of its calls.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fleet/offers.h"
#include "runner_fixture.h"

namespace kamexec::fleet::test {
namespace {

using namespace std::string_view_literals;
using process::Cause;
using process::Outcome;
using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

/// A worker daemon with room for so many calls at once, which end when it is told so.
class Daemon final : public OfferedCalls {
 public:
  Daemon(FakeServer& server, const std::string& id, std::size_t room)
      : room_(room),
        link_(server.connect()),
        offers_(*link_, {.subjects = Subjects(), .name = {id, ""}}, *this) {
    offers_.offer({"lcr"});
  }

  void on_call(OfferedCallId id, std::string_view program, const ReceivedCall& received,
               bool may_wait) override {
    EXPECT_EQ(program, "lcr");
    if (running.size() >= room_ && !may_wait) {
      process::RunResult result;
      result.outcome = Outcome::refused("no free worker");
      offers_.answer(id, result, true);
      return;
    }
    running.emplace_back(id, received.request().arguments[0]);
  }
  void on_cancel(OfferedCallId id) override {
    cancelled.push_back(id);
    std::erase_if(running, [id](const auto& one) { return one.first == id; });
  }
  void finish_all() {
    for (const auto& [id, argument] : std::exchange(running, {})) {
      process::RunResult result;
      result.outcome.cause = Cause::ok;
      result.outcome.exit_status = 0;
      result.output = argument + "\n";
      offers_.answer(id, result, false);
    }
  }
  Offers& offers() { return offers_; }

  std::vector<std::pair<OfferedCallId, std::string>> running;
  std::vector<OfferedCallId> cancelled;

 private:
  const std::size_t room_;
  std::unique_ptr<FakeLink> link_;
  Offers offers_;
};

class FleetPair : public RunnerFixture {
 protected:
  Daemon& daemon(const std::string& id, std::size_t room) {
    daemons.push_back(std::make_unique<Daemon>(server, id, room));
    return *daemons.back();
  }
  void finish_all() {
    settle();
    for (const auto& one : daemons) {
      one->finish_all();
    }
    settle();
  }
  std::vector<std::unique_ptr<Daemon>> daemons;
};

TEST_F(FleetPair, CallsAreAnswered) {
  daemon("w1", 100);
  Call& made = call("4930");
  finish_all();
  ASSERT_EQ(made.completions, 1);
  EXPECT_EQ(made.result->output, "4930\n");
}

TEST_F(FleetPair, AFullOneSendsCallsToTheOther) {
  server.choose = [](std::size_t) { return 0; };
  Daemon& full = daemon("w1", 0);
  Daemon& other = daemon("w2", 100);
  server.choose = [](std::size_t) { return 1; };
  call("1");
  finish_all();  // the other one is known
  server.choose = [](std::size_t) { return 0; };
  Call& made = call("2");
  settle();
  EXPECT_THAT(full.running, IsEmpty());
  EXPECT_THAT(other.running, SizeIs(1));
  finish_all();
  EXPECT_EQ(made.result->output, "2\n");
}

TEST_F(FleetPair, TheLastTryWaits) {
  Daemon& only = daemon("w1", 0);
  Call& made = call("1");
  settle();
  EXPECT_THAT(only.running, SizeIs(1));
  finish_all();
  EXPECT_EQ(made.cause(), Cause::ok);
}

TEST_F(FleetPair, ACancelReachesWhoHasIt) {
  server.choose = [](std::size_t) { return 0; };
  Daemon& one = daemon("w1", 100);
  Daemon& other = daemon("w2", 100);
  Call& kept = call("1");
  Call& made = call("2");
  settle();
  made.cancel();
  settle();
  EXPECT_THAT(one.cancelled, SizeIs(1));
  EXPECT_THAT(other.cancelled, IsEmpty());
  finish_all();
  EXPECT_EQ(kept.result->output, "1\n");
  EXPECT_EQ(made.detail(), "cancelled");
}

TEST_F(FleetPair, APartThatOneWantsAndAnotherDoesNotIsSentInTheEnd) {
  daemon("w1", 100).offers().set_wants("lcr", parts_named("-"));
  server.choose = [](std::size_t) { return 0; };
  request.uri = "sip:a";
  call("1");
  finish_all();
  daemon("w2", 100).offers().set_wants("lcr", parts_named("uri"));
  server.choose = [](std::size_t) { return 1; };
  Call& made = call("2");
  finish_all();
  EXPECT_EQ(made.result->output, "2\n");
  EXPECT_THAT(server.sent_to("kx.to.w2.lcr"), SizeIs(1));
}

TEST_F(FleetPair, WhatIsUnderWayWhenOneDrainsIsAnsweredAndNothingIsLost) {
  for (int generation = 0; generation < 20; ++generation) {
    Daemon& fresh = daemon("w" + std::to_string(generation), 100);
    for (int i = 0; i < 5; ++i) {
      call(std::to_string(i));
    }
    if (generation > 0) {
      daemons[daemons.size() - 2]->offers().drain();
    }
    for (int i = 0; i < 5; ++i) {
      call(std::to_string(i));
    }
    finish_all();
    if (generation > 0) {
      EXPECT_TRUE(daemons[daemons.size() - 2]->offers().is_drained());
      daemons.erase(daemons.end() - 2);
    }
    EXPECT_FALSE(fresh.offers().is_drained());
  }
  for (const Call& made : calls) {
    ASSERT_EQ(made.completions, 1);
    EXPECT_EQ(made.cause(), Cause::ok) << made.detail();
  }
  EXPECT_THAT(calls, SizeIs(200));
}

TEST_F(FleetPair, AProgramThatIsOfferedNoMoreIsLeftToTheOthers) {
  Daemon& one = daemon("w1", 100);
  daemon("w2", 100);
  server.choose = [](std::size_t) { return 0; };
  call("1");
  finish_all();
  one.offers().offer({});
  Call& made = call("2");
  finish_all();
  EXPECT_EQ(made.result->output, "2\n");
}

}  // namespace
}  // namespace kamexec::fleet::test

// SPDX-License-Identifier: GPL-2.0-or-later
// Any schedule of faults: a call that may not run twice never does, and each call ends once.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>

#include "runner_fixture.h"

namespace kamexec::fleet::test {
namespace {

using process::Cause;
using process::Outcome;
using std::chrono::milliseconds;

constexpr unsigned kSchedules = 100;
constexpr int kSteps = 60;

/// One schedule: calls, what worker daemons make of them, and what breaks, by chance.
class Schedule : public RunnerFixture {
 public:
  Schedule(unsigned seed, bool idempotent) : RunnerFixture(seed % 2 == 0 ? "" : "north") {
    random_.seed(seed);
    program.definition.fleet.idempotent = idempotent;
    program.definition.fleet.tries = 1 + random_() % 4;
    program.definition.timeout = milliseconds(400);
    server.choose = [this](std::size_t count) { return random_() % count; };
    for (const auto& [id, zone] : {std::pair{"w1", "north"}, {"w2", "south"}, {"w3", ""}}) {
      add_worker(id, zone);
    }
    add_worker("", "");
  }

  void TestBody() override {
    for (int step = 0; step < kSteps; ++step) {
      act();
      advance(milliseconds(random_() % 40));
    }
    heal();
    for (int i = 0; i < 6; ++i) {
      advance(milliseconds(100));
    }
    check();
  }

 private:
  bool by_chance(unsigned percent) { return random_() % 100 < percent; }

  void add_worker(const std::string& id, const std::string& zone) {
    FakeWorker& added = worker(
        id, [this](const Got& call) { return answer_to(call); }, zone);
    added.wants = parts_named(by_chance(50) ? "uri env" : "-");
  }

  /// What a worker daemon does with a call. It has run where that is noted.
  std::optional<Answer> answer_to(const Got& call) {
    const auto chance = random_() % 100;
    if (chance < 20) {
      return refused();
    }
    if (chance < 25) {
      Answer answer = failed(Outcome::not_started({"no such file", 2}));
      answer.elsewhere = true;
      return answer;
    }
    if (chance < 30) {
      return failed(Outcome::refused("too long"));
    }
    if (chance < 40 && !call.left_out.empty()) {
      Answer answer;
      answer.incomplete = true;
      return answer;
    }
    ++runs_[call.arguments[0]];
    if (chance < 50) {
      silent_.push_back(call);
      return std::nullopt;
    }
    if (chance < 55) {
      return failed(Outcome::unusable("broke the protocol"));
    }
    return chance < 80 ? yes(call.arguments[0] + "\n") : no(1);
  }

  void act() {
    for (auto i = random_() % 3; i > 0; --i) {
      request.uri = by_chance(50) ? "sip:a" : "";
      call(std::to_string(calls.size()));
    }
    FakeWorker& one = *workers[random_() % workers.size()];
    switch (random_() % 12) {
      case 0:
        one.link->cut_off();
        break;
      case 1:
        one.link->restore();
        break;
      case 2:
        one.link->frozen = !one.link->frozen;
        break;
      case 3:
        link->cut_off();
        break;
      case 4:
      case 5:
        link->restore();
        break;
      case 6:
        server.is_up() && by_chance(30) ? server.down() : server.up();
        break;
      case 7:
        server.lose(by_chance(50) ? "kx.>" : "_INBOX.>", 1);
        break;
      case 8:
        link->fail_next(static_cast<nats::Failure>(random_() % 3), by_chance(50));
        break;
      case 9:
        server.permit_all();
        if (by_chance(30)) {
          server.deny(by_chance(50) ? "kx.to.>" : "kx.call.>");
        }
        break;
      case 10:
        if (!calls.empty() && calls.back().cancel) {
          calls.back().cancel();
        }
        break;
      default:
        if (!silent_.empty()) {  // a late one
          one.answer(silent_.back(), yes("late\n"));
          silent_.pop_back();
        }
        break;
    }
  }

  void heal() {
    server.permit_all();
    server.up();
    for (const auto& one : workers) {
      one->link->frozen = false;
    }
  }

  void check() {
    EXPECT_FALSE(runner->has_calls());
    EXPECT_EQ(link->requests_under_way(), 0U);
    std::size_t taken = 0;
    for (std::size_t i = 0; i < calls.size(); ++i) {
      const Call& one = calls[i];
      const int runs = runs_[std::to_string(i)];
      taken += one.at_once ? 0U : 1U;
      ASSERT_EQ(one.completions, one.at_once ? 0 : 1) << i;
      if (!program.definition.fleet.idempotent) {
        EXPECT_LE(runs, 1) << i;
      }
      const Cause cause = one.at_once ? one.at_once->cause : one.cause();
      if (cause == Cause::ok || cause == Cause::nonzero_exit || cause == Cause::unusable) {
        // It may also have been lost on its way.
        EXPECT_TRUE(runs >= 1 || cause == Cause::unusable) << i;
      }
      if (!program.definition.fleet.idempotent &&
          (cause == Cause::refused || cause == Cause::not_started)) {
        EXPECT_EQ(runs, 0) << i << ": " << one.detail();
      }
      if (cause == Cause::ok && one.result->output != "late\n") {
        EXPECT_EQ(one.result->output, std::to_string(i) + "\n");
      }
    }
    EXPECT_EQ(runner->figures_of("lcr").calls, taken);
  }

  std::minstd_rand random_;
  std::map<std::string, int> runs_;
  std::vector<Got> silent_;
};

TEST(FleetSchedules, ACallRunsAtMostOnceAndEndsOnce) {
  for (unsigned seed = 1; seed <= kSchedules && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("schedule " + std::to_string(seed));
    Schedule(seed, false).TestBody();
  }
}

TEST(FleetSchedules, AnIdempotentCallEndsOnce) {
  for (unsigned seed = 1; seed <= kSchedules && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("schedule " + std::to_string(seed));
    Schedule(seed, true).TestBody();
  }
}

}  // namespace
}  // namespace kamexec::fleet::test

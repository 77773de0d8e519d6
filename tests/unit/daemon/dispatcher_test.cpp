// SPDX-License-Identifier: GPL-2.0-or-later
// Which notification runs next: with a clock, a disk and programs that do what a test says.
#include "daemon/dispatcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace kamexec::daemon {
namespace {

using std::chrono::milliseconds;
using stored::Notification;
using stored::State;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;
using Kind = AttemptEnd::Kind;

using Rules = std::map<std::string, DispatchRule, std::less<>>;

class DispatcherTest : public testing::Test, public DispatchActions {
 protected:
  DispatcherTest() {
    rule_.at_once = 2;
    rule_.retry = milliseconds(100);
    rule_.retry_most = milliseconds(1'000);
    rule_.attempts = 3;
  }

  void begin(const Notification& notification) override { begun_.push_back(notification.id); }
  void take(const std::string& program, std::size_t most, std::size_t most_bytes) override {
    takes_.push_back(program);
    most_ = most;
    most_bytes_ = most_bytes;
  }
  void record(stored::Attempted what) override { recorded_.push_back(std::move(what)); }
  void give_back(std::vector<std::string> ids) override {
    given_back_.insert(given_back_.end(), ids.begin(), ids.end());
  }
  void died(const Notification& notification, std::uint32_t attempts,
            const stored::LastAttempt&) override {
    dead_.push_back(notification.id + " after " + std::to_string(attempts));
  }

  /// A dispatcher of "bill" that has looked at an empty disk.
  void start() {
    dispatcher_.set_rules(Rules{{"bill", rule_}}, now_);
    dispatcher_.activate(now_);
    run();
    answer();
    takes_.clear();
  }
  void run() { dispatcher_.run(time()); }
  DispatchTime time() const { return {now_, wall_}; }
  void pass(milliseconds span) {
    now_ += span;
    wall_ += span;
    run();
  }
  /// The disk's answer to a take.
  void answer(std::vector<Notification> notifications = {}, bool more = false,
              std::optional<stored::WallTime> due = std::nullopt) {
    stored::Taken taken;
    taken.notifications = std::move(notifications);
    taken.more = more;
    taken.due = due;
    dispatcher_.taken("bill", std::move(taken), time());
    run();
  }
  static Notification notification(const std::string& id, std::uint32_t attempts = 0) {
    Notification made;
    made.id = id;
    made.program = "bill";
    made.attempts = attempts;
    return made;
  }
  /// One that comes to the disk, and is handed over where that is wanted.
  bool store(const Notification& made) {
    const bool reserved = dispatcher_.reserve("bill", made.size(), now_);
    if (reserved) {
      dispatcher_.kept_here(made);
    } else {
      dispatcher_.kept_on_disk("bill", made.order.has_value(), made.size(), false, now_);
    }
    run();
    return reserved;
  }
  void end(const std::string& id, Kind kind, const std::string& detail = "") {
    AttemptEnd end;
    end.kind = kind;
    end.last.detail = detail;
    dispatcher_.ended(id, std::move(end), time());
    run();
  }
  stored::Attempted last() { return recorded_.empty() ? stored::Attempted() : recorded_.back(); }

  DispatchRule rule_;
  double chance_ = 0;
  Dispatcher dispatcher_{*this, [this] { return chance_; }};
  TimePoint now_ = TimePoint() + std::chrono::hours(1);
  stored::WallTime wall_{std::chrono::hours(24 * 365 * 50)};
  std::vector<std::string> begun_;
  std::vector<std::string> takes_;
  std::size_t most_ = 0;
  std::size_t most_bytes_ = 0;
  std::vector<stored::Attempted> recorded_;
  std::vector<std::string> given_back_;
  std::vector<std::string> dead_;
};

TEST_F(DispatcherTest, ANewOneBeginsWithoutAskingTheDisk) {
  start();
  EXPECT_TRUE(store(notification("a")));
  EXPECT_THAT(begun_, ElementsAre("a"));
  EXPECT_THAT(takes_, IsEmpty());
  end("a", Kind::done);
  EXPECT_EQ(last().id, "a");
  EXPECT_EQ(last().state, State::done);
  EXPECT_EQ(last().attempts, 1U);
  EXPECT_THAT(takes_, IsEmpty());
  EXPECT_EQ(dispatcher_.running(), 0U);
}

TEST_F(DispatcherTest, NoMoreRunThanTheDefinitionAllows) {
  start();
  for (const char* id : {"a", "b", "c", "d"}) {
    store(notification(id));
  }
  EXPECT_THAT(begun_, ElementsAre("a", "b"));
  EXPECT_EQ(dispatcher_.figures("bill").ready, 2U);
  end("b", Kind::done);
  EXPECT_THAT(begun_, ElementsAre("a", "b", "c"));
  rule_.at_once = 4;
  dispatcher_.set_rules(Rules{{"bill", rule_}}, now_);
  run();
  EXPECT_THAT(begun_, ElementsAre("a", "b", "c", "d"));
}

TEST_F(DispatcherTest, NothingBeginsBeforeItIsTheDispatcher) {
  dispatcher_.set_rules(Rules{{"bill", rule_}}, now_);
  run();
  EXPECT_FALSE(store(notification("a")));
  EXPECT_THAT(takes_, IsEmpty());
  dispatcher_.activate(now_);
  run();
  EXPECT_THAT(takes_, ElementsAre("bill"));
}

TEST_F(DispatcherTest, PausesAreDoubledUpToTheMost) {
  rule_.attempts = 10;
  start();
  std::vector<std::int64_t> pauses;
  Notification one = notification("a");
  store(one);
  for (int i = 0; i < 6; ++i) {
    end("a", Kind::failed);
    EXPECT_EQ(last().state, State::waiting);
    EXPECT_EQ(last().attempts, one.attempts + 1);
    pauses.push_back((last().due - wall_).count());
    one.attempts = last().attempts;
    pass(last().due - wall_);
    ASSERT_THAT(takes_, ElementsAre("bill"));
    takes_.clear();
    answer({one});
  }
  EXPECT_THAT(pauses, ElementsAre(100, 200, 400, 800, 1000, 1000));
  EXPECT_THAT(begun_, SizeIs(7));
}

TEST_F(DispatcherTest, PausesVaryByATenth) {
  start();
  for (const auto& [chance, expected] : {std::pair{1.0, 110}, std::pair{-1.0, 90}}) {
    chance_ = chance;
    store(notification("a"));
    end("a", Kind::failed);
    EXPECT_EQ((last().due - wall_).count(), expected);
    pass(milliseconds(5'000));
    answer();
  }
}

TEST_F(DispatcherTest, AfterItsAttemptsItIsDead) {
  start();
  store(notification("a", 1));
  end("a", Kind::failed);
  EXPECT_EQ(last().state, State::waiting);
  EXPECT_THAT(dead_, IsEmpty());
  store(notification("b", 2));
  end("b", Kind::failed);
  EXPECT_EQ(last().state, State::dead);
  EXPECT_EQ(last().attempts, 3U);
  EXPECT_THAT(dead_, ElementsAre("b after 3"));
  EXPECT_EQ(dispatcher_.figures("bill").failed_attempts, 2U);
}

TEST_F(DispatcherTest, WhatCouldNotRunIsNoAttemptAndHoldsTheProgramUp) {
  start();
  for (const char* id : {"a", "b", "c"}) {
    store(notification(id, 2));
  }
  end("a", Kind::not_run, "no such file");
  end("b", Kind::not_run, "no such file");
  EXPECT_EQ(last().state, State::waiting);
  EXPECT_EQ(last().attempts, 2U);
  EXPECT_THAT(dead_, IsEmpty());
  EXPECT_EQ(dispatcher_.figures("bill").held, "the program could not be run: no such file");
  EXPECT_THAT(begun_, ElementsAre("a", "b"));
  EXPECT_FALSE(store(notification("d"))) << "it waits on disk";
  EXPECT_LE(dispatcher_.wake_at(), now_ + milliseconds(200));
  pass(milliseconds(199));
  EXPECT_THAT(begun_, ElementsAre("a", "b"));
  pass(milliseconds(1));
  EXPECT_THAT(begun_, ElementsAre("a", "b", "c"));
  answer({notification("d")});
  EXPECT_THAT(begun_, SizeIs(3)) << "one alone tells whether it is over";
  end("c", Kind::done);
  EXPECT_THAT(begun_, ElementsAre("a", "b", "c", "d"));
  EXPECT_FALSE(dispatcher_.figures("bill").held);
}

TEST_F(DispatcherTest, AReloadEndsThePauseOfAProgram) {
  start();
  rule_.retry = milliseconds(1'000);
  dispatcher_.set_rules(Rules{{"bill", rule_}}, now_);
  run();
  answer();
  store(notification("a"));
  end("a", Kind::not_run);
  takes_.clear();
  dispatcher_.set_rules(Rules{{"bill", rule_}}, now_);
  run();
  EXPECT_THAT(takes_, ElementsAre("bill"));
  EXPECT_FALSE(dispatcher_.figures("bill").held);
}

TEST_F(DispatcherTest, WhatWasKilledWithUsIsAsIfItHadNotBegun) {
  start();
  store(notification("a", 1));
  store(notification("b"));
  store(notification("c"));
  dispatcher_.stop();
  EXPECT_THAT(given_back_, ElementsAre("c"));
  end("a", Kind::killed);
  end("b", Kind::done);
  EXPECT_THAT(given_back_, ElementsAre("c", "a"));
  EXPECT_THAT(recorded_, SizeIs(1));
  EXPECT_EQ(last().id, "b");
  EXPECT_FALSE(store(notification("d"))) << "it goes to the disk alone";
  EXPECT_THAT(begun_, ElementsAre("a", "b"));
}

TEST_F(DispatcherTest, WhatComesFromTheDiskAfterTheStopIsGivenBack) {
  start();
  pass(Dispatcher::kLookInterval);
  ASSERT_THAT(takes_, ElementsAre("bill"));
  const bool reserved = dispatcher_.reserve("bill", 10, now_);
  EXPECT_FALSE(reserved) << "others may be before it";
  dispatcher_.stop();
  answer({notification("a")});
  EXPECT_THAT(given_back_, ElementsAre("a"));
  EXPECT_THAT(begun_, IsEmpty());
}

TEST_F(DispatcherTest, AReservedOneAfterTheStopIsGivenBack) {
  start();
  const Notification one = notification("a");
  ASSERT_TRUE(dispatcher_.reserve("bill", one.size(), now_));
  dispatcher_.stop();
  dispatcher_.kept_here(one);
  run();
  EXPECT_THAT(given_back_, ElementsAre("a"));
}

TEST_F(DispatcherTest, WithoutADefinitionItWaits) {
  start();
  for (const char* id : {"a", "b", "c"}) {
    store(notification(id, 2));
  }
  dispatcher_.set_rules({}, now_);
  run();
  EXPECT_THAT(given_back_, ElementsAre("c"));
  end("a", Kind::done);
  end("b", Kind::failed);
  EXPECT_EQ(last().state, State::waiting) << "a later definition may have it run";
  EXPECT_EQ(last().attempts, 3U);
  EXPECT_THAT(dead_, IsEmpty());
  takes_.clear();
  pass(std::chrono::hours(1));
  EXPECT_THAT(takes_, IsEmpty());
  EXPECT_FALSE(store(notification("d")));
  dispatcher_.set_rules(Rules{{"bill", rule_}}, now_);
  run();
  EXPECT_THAT(takes_, ElementsAre("bill"));
}

TEST_F(DispatcherTest, TheDiskIsAskedWhenTheNextOneIsDue) {
  start();
  pass(Dispatcher::kLookInterval);
  takes_.clear();
  answer({}, false, wall_ + milliseconds(700));
  EXPECT_EQ(dispatcher_.wake_at(), now_ + milliseconds(700));
  pass(milliseconds(699));
  EXPECT_THAT(takes_, IsEmpty());
  pass(milliseconds(1));
  EXPECT_THAT(takes_, ElementsAre("bill"));
}

TEST_F(DispatcherTest, TheDiskIsLookedAtNowAndThenWhateverTheWallClockSays) {
  start();
  pass(Dispatcher::kLookInterval);
  takes_.clear();
  answer({}, false, wall_ + std::chrono::hours(5));
  pass(Dispatcher::kLookInterval);
  EXPECT_THAT(takes_, ElementsAre("bill"));
}

TEST_F(DispatcherTest, WhileThereIsMoreOnDiskNewOnesGoThereToo) {
  start();
  pass(Dispatcher::kLookInterval);
  std::vector<Notification> many;
  for (std::size_t i = 0; i < most_; ++i) {
    many.push_back(notification("n" + std::to_string(i)));
  }
  answer(many, true);
  takes_.clear();
  EXPECT_FALSE(store(notification("late"))) << "those on disk are before it";
  EXPECT_THAT(begun_, ElementsAre("n0", "n1"));
  for (std::size_t i = 0; i < many.size() / 2 - 2; ++i) {
    EXPECT_THAT(takes_, IsEmpty()) << i;
    end("n" + std::to_string(i), Kind::done);
  }
  EXPECT_THAT(takes_, SizeIs(1)) << "many at a time";
  EXPECT_GE(most_, Dispatcher::kMostHeld / 2 - 2);
}

TEST_F(DispatcherTest, NoMoreIsHeldInMemoryThanItsLimits) {
  start();
  std::size_t in_memory = 0;
  while (dispatcher_.reserve("bill", 10, now_)) {
    ++in_memory;
  }
  EXPECT_EQ(in_memory, Dispatcher::kMostHeld);
  for (std::size_t i = 0; i < in_memory; ++i) {
    dispatcher_.not_kept("bill", 10);
  }
  run();
  EXPECT_TRUE(dispatcher_.reserve("bill", Dispatcher::kMostHeldBytes * 2, now_)) << "one alone";
  EXPECT_FALSE(dispatcher_.reserve("bill", 1, now_));
  dispatcher_.not_kept("bill", Dispatcher::kMostHeldBytes * 2);
  EXPECT_TRUE(dispatcher_.reserve("bill", Dispatcher::kMostHeldBytes, now_));
  EXPECT_FALSE(dispatcher_.reserve("bill", 1, now_));
}

TEST_F(DispatcherTest, OneBehindAnotherOfItsOrderIsLookedForWhenThatIsOver) {
  start();
  Notification first = notification("a");
  first.order = "alice";
  store(first);
  Notification second = notification("b");
  second.order = "alice";
  // It was to be handed over, and the store has found the first one before it.
  ASSERT_TRUE(dispatcher_.reserve("bill", second.size(), now_));
  dispatcher_.kept_on_disk("bill", true, second.size(), true, now_);
  run();
  EXPECT_THAT(takes_, IsEmpty()) << "nothing has changed for it";
  end("a", Kind::done);
  EXPECT_THAT(takes_, ElementsAre("bill"));
  answer({second});
  EXPECT_THAT(begun_, ElementsAre("a", "b"));
}

TEST_F(DispatcherTest, ThatADeadOneHoldsNobodyUp) {
  start();
  Notification first = notification("a", 2);
  first.order = "alice";
  store(first);
  end("a", Kind::failed);
  EXPECT_THAT(dead_, SizeIs(1));
  EXPECT_THAT(takes_, ElementsAre("bill"));
}

TEST_F(DispatcherTest, AfterATroubleOfTheStoreItIsAskedAgain) {
  start();
  pass(Dispatcher::kLookInterval);
  takes_.clear();
  dispatcher_.taken("bill", failure("disk I/O error"), time());
  run();
  EXPECT_THAT(takes_, IsEmpty());
  pass(milliseconds(1'000));
  EXPECT_THAT(takes_, ElementsAre("bill"));
}

TEST_F(DispatcherTest, WhatAPersonChangesIsGivenBackFirst) {
  start();
  for (const char* id : {"a", "b", "c", "d"}) {
    store(notification(id));
  }
  dispatcher_.release("other", now_);
  EXPECT_THAT(given_back_, IsEmpty());
  dispatcher_.hold("bill");
  dispatcher_.release("bill", now_);
  EXPECT_THAT(given_back_, ElementsAre("c", "d"));
  pass(std::chrono::hours(1));
  EXPECT_THAT(takes_, IsEmpty()) << "it is being changed";
  EXPECT_FALSE(dispatcher_.reserve("bill", 1, now_)) << "they are before it";
  dispatcher_.let_go("bill", now_);
  run();
  EXPECT_THAT(takes_, ElementsAre("bill"));
  EXPECT_THAT(dispatcher_.running_ids(), UnorderedElementsAre("a", "b"));
  EXPECT_TRUE(dispatcher_.is_running("a"));
  EXPECT_FALSE(dispatcher_.is_running("c"));
  EXPECT_EQ(dispatcher_.program_of("a"), "bill");
}

TEST_F(DispatcherTest, TheLoopHasOthersToServe) {
  rule_.at_once = 1'000;
  start();
  for (int i = 0; i < 200; ++i) {
    const Notification one = notification(std::to_string(i));
    ASSERT_TRUE(dispatcher_.reserve("bill", one.size(), now_));
    dispatcher_.kept_here(one);
  }
  run();
  EXPECT_THAT(begun_, SizeIs(Dispatcher::kMostBegun));
  EXPECT_LE(dispatcher_.wake_at(), now_);
  for (int i = 0; i < 10; ++i) {
    run();
  }
  EXPECT_THAT(begun_, SizeIs(200));
  EXPECT_GT(dispatcher_.wake_at(), now_);
}

}  // namespace
}  // namespace kamexec::daemon

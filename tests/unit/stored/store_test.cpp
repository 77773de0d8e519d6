// SPDX-License-Identifier: GPL-2.0-or-later
// What is kept, taken, told of and forgotten.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store_fixture.h"
#include "stored/id.h"

namespace kamexec::stored {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class StoreTest : public testing::Test {
 protected:
  StoreTest() : store_(directory_.path()) {}

  void keep(int first, int last, const std::optional<std::string>& order = std::nullopt) {
    for (int number = first; number <= last; ++number) {
      const Result<Kept> kept = store_.insert(notification(number, "bill", order));
      ASSERT_TRUE(kept) << kept.error().message;
      EXPECT_FALSE(kept->taken);
    }
  }
  void keep_at_once(int first, int last) {
    for (int number = first; number <= last; ++number) {
      store_->insert(notification(number), false, kNoDeadline,
                     [](const Result<Kept>& kept) { EXPECT_TRUE(kept); });
    }
    const auto all = static_cast<std::uint64_t>(last - first + 1);
    store_.step_until([this, all] { return store_.counts().waiting == all; });
  }
  void open_again() {
    store_.close();
    store_ = Asked(directory_.path());
  }
  [[nodiscard]] std::vector<std::string> listed(const Selection& which) {
    const Result<Listed> found = store_.list(which);
    EXPECT_TRUE(found) << found.error().message;
    std::vector<std::string> numbers;
    if (found) {
      for (const StoredNotification& one : found->notifications) {
        EXPECT_FALSE(one.damage) << *one.damage;
        numbers.push_back(one.notification.arguments.at(1));
      }
    }
    return numbers;
  }

  TemporaryDirectory directory_;
  Asked store_;
};

void expect_same(const Notification& one, const Notification& other) {
  EXPECT_EQ(one.id, other.id);
  EXPECT_EQ(one.program, other.program);
  EXPECT_EQ(one.call, other.call);
  EXPECT_EQ(one.arguments, other.arguments);
  EXPECT_EQ(one.variables, other.variables);
  EXPECT_EQ(one.uri, other.uri);
  EXPECT_EQ(one.message, other.message);
  EXPECT_EQ(one.input, other.input);
  EXPECT_EQ(one.order, other.order);
  EXPECT_EQ(one.stored_at, other.stored_at);
  EXPECT_EQ(one.attempts, other.attempts);
}

TEST_F(StoreTest, WhatIsTakenIsWhatWasKept) {
  const Notification kept = notification(1, "bill", "order\x80");
  ASSERT_TRUE(store_.insert(kept));
  store_.become_dispatcher();
  const Result<Taken> taken = store_.take();
  ASSERT_TRUE(taken);
  ASSERT_EQ(taken->notifications.size(), 1U);
  expect_same(taken->notifications[0], kept);
  EXPECT_FALSE(taken->more);
  EXPECT_FALSE(taken->due);
  EXPECT_THAT(store_.taken(), IsEmpty()) << "once";
}

TEST_F(StoreTest, SurvivesARestart) {
  keep(1, 3);
  open_again();
  EXPECT_EQ(store_.counts().waiting, 3U);
  EXPECT_EQ(store_.counts().oldest, at(1'000'001));
  store_.become_dispatcher();
  EXPECT_THAT(store_.taken(), ElementsAre("1", "2", "3"));
}

TEST_F(StoreTest, WhatWasTakenWaitsAgainForTheNextDispatcher) {
  keep(1, 2);
  store_.become_dispatcher();
  EXPECT_THAT(store_.taken(), ElementsAre("1", "2"));
  open_again();
  EXPECT_THAT(store_.taken(), IsEmpty()) << "this is no dispatcher";
  store_.become_dispatcher();
  EXPECT_THAT(store_.taken(), ElementsAre("1", "2"));
}

TEST_F(StoreTest, OnlyADispatcherIsGivenWhatItKeeps) {
  EXPECT_FALSE(store_.insert(notification(1), true)->taken);
  store_.become_dispatcher();
  EXPECT_TRUE(store_->is_dispatcher());
  EXPECT_TRUE(store_.insert(notification(2), true)->taken);
  EXPECT_FALSE(store_.insert(notification(3), false)->taken);
  EXPECT_THAT(store_.taken(), ElementsAre("1", "3"));
  EXPECT_EQ(store_.counts().waiting, 3U);
}

TEST_F(StoreTest, AttemptsAreTold) {
  keep(1, 3);
  store_.become_dispatcher();
  EXPECT_THAT(store_.taken(), ElementsAre("1", "2", "3"));
  store_.attempted(1, State::done);
  store_.attempted(2, State::waiting, at(3'000'000), 4);
  store_.attempted(3, State::dead, at(1'600'000), 5);
  EXPECT_THAT(store_.taken(), IsEmpty()) << "it isn't due";
  const Counts counts = store_.counts();
  EXPECT_EQ(counts.waiting, 1U);
  EXPECT_EQ(counts.done, 1U);
  EXPECT_EQ(counts.dead, 1U);
  EXPECT_EQ(counts.oldest, at(1'000'002));
  EXPECT_EQ(store_.take()->due, at(3'000'000));

  const Result<Listed> listed = store_.list();
  ASSERT_TRUE(listed);
  ASSERT_EQ(listed->notifications.size(), 3U);
  EXPECT_EQ(listed->notifications[0].state, State::done);
  EXPECT_EQ(listed->notifications[1].state, State::waiting);
  EXPECT_EQ(listed->notifications[1].due, at(3'000'000));
  EXPECT_EQ(listed->notifications[1].notification.attempts, 4U);
  EXPECT_EQ(listed->notifications[2].state, State::dead);
  const std::optional<LastAttempt>& last = listed->notifications[2].last;
  ASSERT_TRUE(last);
  EXPECT_EQ(last->outcome, "no");
  EXPECT_EQ(last->exit_status, 3);
  EXPECT_EQ(last->detail, "said \xff this");
  EXPECT_EQ(last->at, at(1'600'000));

  EXPECT_THAT(store_.taken("bill", at(3'000'000)), ElementsAre("2"));
  EXPECT_EQ(store_.take("bill", 1, at(3'000'000))->notifications.size(), 0U);
}

TEST_F(StoreTest, WhatIsOverStaysOver) {
  keep(1, 1);
  store_.become_dispatcher();
  store_.taken();
  store_.attempted(1, State::done);
  store_.attempted(1, State::dead);
  store_.attempted(1, State::waiting);
  store_.attempted(2, State::done);  // there is none
  store_.settle();
  EXPECT_EQ(store_.counts().done, 1U);
  EXPECT_EQ(store_.counts().dead, 0U);
  EXPECT_EQ(store_.counts().waiting, 0U);
}

TEST_F(StoreTest, GivenBackItWaitsAgain) {
  keep(1, 3);
  store_.become_dispatcher();
  EXPECT_THAT(store_.taken(), ElementsAre("1", "2", "3"));
  store_->give_back({notification(2).id, "nonsense", notification(7).id});
  EXPECT_THAT(store_.taken(), ElementsAre("2"));
}

TEST_F(StoreTest, TakesByDueTimeThenByNumber) {
  keep(1, 4);
  store_.become_dispatcher();
  EXPECT_EQ(store_.taken().size(), 4U);
  store_.attempted(1, State::waiting, at(1'700'000));
  store_.attempted(2, State::waiting, at(1'600'000));
  store_.attempted(3, State::waiting, at(1'700'000));
  store_.attempted(4, State::waiting, at(1'500'000));
  EXPECT_THAT(store_.taken(), ElementsAre("4", "2", "1", "3"));
}

TEST_F(StoreTest, TakesNoMoreThanThereIsRoomFor) {
  keep(1, 5);
  store_.become_dispatcher();
  Result<Taken> taken = store_.take("bill", 2);
  ASSERT_TRUE(taken);
  EXPECT_THAT(arguments_of(taken->notifications), ElementsAre("1", "2"));
  EXPECT_TRUE(taken->more);
  taken = store_.take("bill", 5, at(2'000'000), 1);
  ASSERT_TRUE(taken);
  EXPECT_THAT(arguments_of(taken->notifications), ElementsAre("3")) << "one, however large";
  taken = store_.take("bill", 5, at(2'000'000), 2 * notification(4).size());
  EXPECT_THAT(arguments_of(taken->notifications), ElementsAre("4", "5"));
  EXPECT_FALSE(taken->more);
  EXPECT_EQ(store_.take("bill", 0)->notifications.size(), 0U);
}

TEST_F(StoreTest, ProgramsAreApart) {
  ASSERT_TRUE(store_.insert(notification(1, "a")));
  ASSERT_TRUE(store_.insert(notification(2, "b")));
  store_.become_dispatcher();
  EXPECT_THAT(store_.taken("b"), ElementsAre("2"));
  EXPECT_THAT(store_.taken("c"), IsEmpty());
  EXPECT_THAT(store_.taken("a"), ElementsAre("1"));
}

TEST_F(StoreTest, RefusesWhatCantBeKeptAndNothingElse) {
  Notification bad = notification(1);
  bad.id = "XYZ";
  EXPECT_THAT(store_.insert(bad).error().message, HasSubstr("hexadecimal"));
  bad = notification(1);
  bad.arguments = {std::string("a\0b", 3)};
  EXPECT_THAT(store_.insert(bad).error().message, HasSubstr("NUL"));
  bad = notification(1, "");
  EXPECT_FALSE(store_.insert(bad));

  // Together with others, in one transaction.
  std::vector<Result<Kept>> told;
  for (const int number : {1, 1, 2, 3, 2}) {
    store_->insert(notification(number), false, kNoDeadline,
                   [&told](Result<Kept> kept) { told.push_back(std::move(kept)); });
  }
  store_.step_until([&told] { return told.size() == 5; });
  EXPECT_TRUE(told[0] && told[2] && told[3]);
  ASSERT_FALSE(told[1]);
  EXPECT_THAT(told[1].error().message, HasSubstr("already"));
  EXPECT_FALSE(told[4]);
  EXPECT_EQ(store_.counts().waiting, 3U);
  EXPECT_EQ(store_->figures().inserted, 3U);
  EXPECT_EQ(store_->figures().refused, 5U);
  EXPECT_FALSE(store_->figures().failure);
}

TEST_F(StoreTest, AnInsertThatIsLateIsNotKept) {
  const Result<Kept> late = store_.insert(notification(1), false, Clock::now());
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().system_errno, ETIMEDOUT);
  EXPECT_EQ(store_.counts().waiting, 0U);
}

// What is in no index yet.

TEST_F(StoreTest, WhatIsInNoIndexYetIsCountedFoundAndKeptOnce) {
  keep_at_once(1, 100);
  EXPECT_FALSE(store_.insert(notification(7)));
  open_again();
  EXPECT_EQ(store_.counts().waiting, 100U);
  EXPECT_EQ(store_.counts().oldest, at(1'000'001));
  EXPECT_FALSE(store_.insert(notification(7))) << "of an earlier process";
  ASSERT_TRUE(store_.insert(notification(500)));
  Selection some;
  some.ids = {notification(3).id, notification(500).id};
  EXPECT_THAT(listed(some), ElementsAre("3", "500"));
  EXPECT_EQ(store_.drop(some), 2U);
  EXPECT_FALSE(store_.insert(notification(7))) << "now it is in one";
  ASSERT_TRUE(store_.insert(notification(3))) << "it was dropped";
  store_.become_dispatcher();
  std::vector<std::string> taken = store_.taken();
  ASSERT_EQ(taken.size(), 100U);
  EXPECT_EQ(taken[2], "3") << "by due time";
}

TEST_F(StoreTest, ManyAreSortedInByThemselvesAndNothingIsCountedTwice) {
  keep_at_once(1, 1500);
  Asked other(directory_.path());
  EXPECT_EQ(other.counts().waiting, 1500U);
  ASSERT_TRUE(other.insert(notification(2000)));
  EXPECT_EQ(other.counts().waiting, 1501U);
  ASSERT_TRUE(store_.insert(notification(2001, "other")));
  EXPECT_EQ(store_.counts().waiting, 1501U);
  other.close();
  open_again();
  EXPECT_EQ(store_.counts().waiting, 1501U);
  EXPECT_EQ(store_.counts("other").waiting, 1U);
  EXPECT_EQ(store_.counts("other").oldest, at(1'002'001));
}

TEST_F(StoreTest, ANumberIsGivenOnce) {
  keep(1, 3);
  Selection last;
  last.ids = {notification(3).id};
  EXPECT_EQ(store_.drop(last), 1U);
  open_again();
  keep(4, 4);
  const Result<Listed> all = store_.list();
  ASSERT_TRUE(all);
  ASSERT_EQ(all->notifications.size(), 3U);
  EXPECT_EQ(all->notifications[2].number, 4);
}

TEST_F(StoreTest, BeginsWhenItIsToldTo) {
  store_.close();
  StoreOptions options = Asked::options_of(directory_.path());
  options.waits_for_wake = true;
  store_ = Asked(options);
  int kept = 0;
  const auto count = [&kept](const Result<Kept>& one) { kept += one ? 1 : 0; };
  store_->insert(notification(1), false, kNoDeadline, count);
  store_->insert(notification(2), false, kNoDeadline, count);
  EXPECT_TRUE(store_->wants_wake());
  store_->wake();
  EXPECT_FALSE(store_->wants_wake());
  store_.step_until([&kept] { return kept == 2; });
  // So many that it begins by itself.
  for (int number = 3; number <= 34; ++number) {
    store_->insert(notification(number), false, kNoDeadline, count);
  }
  store_.step_until([&kept] { return kept == 34; });
}

// Orders.

TEST_F(StoreTest, OfAnOrderOneAtATime) {
  keep(1, 3, "a");
  keep(4, 5, "b");
  keep(6, 6);
  store_.become_dispatcher();
  EXPECT_THAT(store_.taken(), ElementsAre("1", "4", "6"));
  EXPECT_FALSE(store_.insert(notification(7, "bill", "a"), true)->taken) << "others are before it";
  EXPECT_TRUE(store_.insert(notification(8, "bill", "c"), true)->taken);
  EXPECT_TRUE(store_.insert(notification(9, "other", "a"), true)->taken) << "of another program";
  EXPECT_THAT(store_.taken(), IsEmpty());

  store_.attempted(1, State::waiting, at(1'600'000));
  EXPECT_THAT(store_.taken(), ElementsAre("1")) << "it holds up those behind it";
  store_.attempted(1, State::done);
  EXPECT_THAT(store_.taken(), ElementsAre("2"));
  store_.attempted(2, State::dead);
  EXPECT_THAT(store_.taken(), ElementsAre("3")) << "a dead one doesn't";
  store_->give_back({notification(3).id});
  EXPECT_THAT(store_.taken(), ElementsAre("3"));
  store_.attempted(3, State::done);
  EXPECT_THAT(store_.taken(), ElementsAre("7"));
  store_.attempted(7, State::done);
  store_.settle();
  EXPECT_TRUE(store_.insert(notification(10, "bill", "a"), true)->taken);
}

TEST_F(StoreTest, AnEmptyOrderIsOne) {
  keep(1, 2, "");
  store_.become_dispatcher();
  EXPECT_THAT(store_.taken(), ElementsAre("1"));
}

TEST_F(StoreTest, AnOrderOutlivesARestart) {
  keep(1, 3, "a");
  store_.become_dispatcher();
  EXPECT_THAT(store_.taken(), ElementsAre("1"));
  open_again();
  store_.become_dispatcher();
  EXPECT_THAT(store_.taken(), ElementsAre("1"));
}

TEST_F(StoreTest, TheNextComesWhereTheFirstIsDropped) {
  keep(1, 4, "a");
  Selection first;
  first.ids = {notification(1).id, notification(3).id};
  EXPECT_EQ(store_.drop(first), 2U);
  store_.become_dispatcher();
  EXPECT_THAT(store_.taken(), ElementsAre("2"));
  first.ids = {notification(2).id};
  EXPECT_EQ(store_.drop(first), 0U) << "it was taken";
  store_.attempted(2, State::done);
  EXPECT_THAT(store_.taken(), ElementsAre("4"));
}

TEST_F(StoreTest, ADeadOneThatIsRetriedComesBeforeThoseThatWait) {
  keep(1, 3, "a");
  store_.become_dispatcher();
  EXPECT_THAT(store_.taken(), ElementsAre("1"));
  store_.attempted(1, State::dead, at(1'500'000), 9);
  store_.settle();
  Selection dead;
  dead.state = State::dead;
  EXPECT_EQ(store_.retry(dead), 1U);
  EXPECT_EQ(store_.counts().dead, 0U);
  const Result<Taken> taken = store_.take();
  ASSERT_TRUE(taken);
  EXPECT_THAT(arguments_of(taken->notifications), ElementsAre("1"));
  EXPECT_EQ(taken->notifications.at(0).attempts, 0U);
  store_.attempted(1, State::done);
  EXPECT_THAT(store_.taken(), ElementsAre("2"));
}

TEST_F(StoreTest, ADeadOneThatIsRetriedWaitsForTheOneThatRuns) {
  for (const bool again : {false, true}) {
    SCOPED_TRACE(again);
    const std::string order = again ? "b" : "a";
    const int first = again ? 11 : 1;
    keep(first, first + 2, order);
    store_.become_dispatcher();
    EXPECT_THAT(store_.taken(), ElementsAre(std::to_string(first)));
    store_.attempted(first, State::dead);
    EXPECT_THAT(store_.taken(), ElementsAre(std::to_string(first + 1)));
    Selection dead;
    dead.state = State::dead;
    EXPECT_EQ(store_.retry(dead), 1U);
    EXPECT_THAT(store_.taken(), IsEmpty());
    // It runs once more, or is over: the first one's turn comes.
    if (again) {
      store_.attempted(first + 1, State::waiting, at(1'500'000));
    } else {
      store_.attempted(first + 1, State::done);
    }
    EXPECT_THAT(store_.taken(), ElementsAre(std::to_string(first)));
    store_.attempted(first, State::done);
    EXPECT_THAT(store_.taken(), ElementsAre(std::to_string(again ? first + 1 : first + 2)));
  }
}

// For a person.

TEST_F(StoreTest, ListsBySelection) {
  ASSERT_TRUE(store_.insert(notification(1, "a")));
  ASSERT_TRUE(store_.insert(notification(2, "b", "x")));
  ASSERT_TRUE(store_.insert(notification(3, "a")));
  ASSERT_TRUE(store_.insert(notification(4, "a")));
  store_.become_dispatcher();
  EXPECT_THAT(store_.taken("a"), ElementsAre("1", "3", "4"));
  store_.attempted(3, State::done);
  store_.settle();

  Selection which;
  EXPECT_THAT(listed(which), ElementsAre("1", "2", "3", "4"));
  which.program = "a";
  EXPECT_THAT(listed(which), ElementsAre("1", "3", "4"));
  which.state = State::waiting;
  EXPECT_THAT(listed(which), ElementsAre("1", "4"));
  which.state = State::running;
  EXPECT_THAT(listed(which), ElementsAre("1", "4")) << "on disk they wait";
  which.state = State::done;
  EXPECT_THAT(listed(which), ElementsAre("3"));
  which.program = "nobody";
  EXPECT_THAT(listed(which), IsEmpty());

  which = {};
  which.after = 2;
  EXPECT_THAT(listed(which), ElementsAre("3", "4"));
  which.most = 1;
  EXPECT_THAT(listed(which), ElementsAre("3"));
  EXPECT_TRUE(store_.list(which)->more);
  which.most = 2;
  EXPECT_FALSE(store_.list(which)->more);

  which = {};
  which.ids = {notification(4).id, notification(2).id, notification(9).id, "?"};
  EXPECT_THAT(listed(which), ElementsAre("2", "4"));
  which.program = "b";
  EXPECT_THAT(listed(which), ElementsAre("2"));

  which = {};
  which.ids = {notification(2).id};
  EXPECT_EQ(store_.list(which)->notifications.at(0).notification.message, "");
  which.whole = true;
  const StoredNotification whole = store_.list(which)->notifications.at(0);
  expect_same(whole.notification, notification(2, "b", "x"));
  EXPECT_EQ(whole.number, 2);
  EXPECT_FALSE(whole.last);
}

TEST_F(StoreTest, ListsWhatFitsIntoMemory) {
  Notification large = notification(1);
  large.message = std::string(std::size_t{3} << 20, 'x');
  for (int number = 1; number <= 4; ++number) {
    large.id = notification(number).id;
    ASSERT_TRUE(store_.insert(large));
  }
  Selection which;
  which.whole = true;
  const Result<Listed> listed = store_.list(which);
  ASSERT_TRUE(listed);
  EXPECT_LT(listed->notifications.size(), 4U);
  EXPECT_GE(listed->notifications.size(), 1U);
  EXPECT_TRUE(listed->more);
  EXPECT_TRUE(listed->notifications[0].notification.message == large.message);
}

TEST_F(StoreTest, RetriesWhatWaitsForItsTime) {
  keep(1, 2);
  store_.become_dispatcher();
  store_.taken();
  store_.attempted(1, State::waiting, wall_now() + std::chrono::hours(1));
  EXPECT_THAT(store_.taken("bill", wall_now()), IsEmpty());
  EXPECT_EQ(store_.retry({}), 1U) << "the other one was taken";
  EXPECT_THAT(store_.taken("bill", wall_now()), ElementsAre("1"));
}

TEST_F(StoreTest, DropsInBatches) {
  keep_at_once(1, 1000);
  Selection which;
  which.most = 10;
  EXPECT_EQ(store_.drop(which), 10U);
  which = {};
  which.after = 500;
  EXPECT_EQ(store_.drop(which), 500U);
  which.after = 0;
  EXPECT_EQ(store_.drop(which), 490U);
  EXPECT_EQ(store_.counts().waiting, 0U);
  EXPECT_THAT(listed({}), IsEmpty());
  EXPECT_THAT(store_->counts(), IsEmpty());
}

TEST_F(StoreTest, NumbersCountUpForEver) {
  keep(1, 2);
  EXPECT_EQ(store_.drop({}), 2U);
  open_again();
  keep(3, 3);
  EXPECT_EQ(store_.list()->notifications.at(0).number, 3);
}

TEST_F(StoreTest, PurgesWhatIsOver) {
  keep_at_once(1, 900);
  store_.become_dispatcher();
  while (!store_.taken().empty()) {
  }
  for (int number = 1; number <= 900; ++number) {
    store_.attempted(number, number % 3 == 0 ? State::dead : State::done, at(1'000'000 + number));
  }
  store_.settle();
  store_->purge("bill", at(1'000'801), at(1'000'301));
  store_->purge("nobody", at(9'000'000), at(9'000'000));
  store_.step_until([this] {
    const Counts counts = store_.counts();
    return counts.done == 600 - 534 && counts.dead == 300 - 100;
  });
  Selection dead;
  dead.state = State::dead;
  dead.most = 1;
  EXPECT_THAT(listed(dead), ElementsAre("303"));
}

TEST_F(StoreTest, ABacklogMakesNothingSlow) {
  const auto median_of_takes = [this] {
    std::vector<Clock::duration> times;
    for (int round = 0; round < 41; ++round) {
      const TimePoint begin = Clock::now();
      EXPECT_EQ(store_.take("bill", 1, at(900'000'000))->notifications.size(), 1U);
      times.push_back(Clock::now() - begin);
    }
    std::sort(times.begin(), times.end());
    return times[times.size() / 2];
  };
  store_.become_dispatcher();
  keep_at_once(1, 1000);
  const Clock::duration of_a_few = median_of_takes();
  for (int first = 1001; first < 100'000; first += 9900) {
    for (int number = first; number < first + 9900; ++number) {
      store_->insert(notification(number, "bill", std::to_string(number % 5000)), false,
                     kNoDeadline, [](const Result<Kept>& kept) { EXPECT_TRUE(kept); });
    }
    store_.settle();
  }
  EXPECT_EQ(store_.counts().waiting, 100'000U);
  EXPECT_LT(median_of_takes(), 50 * of_a_few + std::chrono::milliseconds(1));
  open_again();
  EXPECT_EQ(store_.counts().waiting, 100'000U);
  EXPECT_EQ(store_.counts().oldest, at(1'000'001));
}

TEST_F(StoreTest, AnInsertIsTakenBackOnlyBeforeItBegins) {
  int kept = 0;
  int withdrawn = 0;
  for (int number = 1; number <= 2000; ++number) {
    store_->insert(notification(number), false, kNoDeadline,
                   [&kept](const Result<Kept>& one) { kept += one ? 1 : 0; });
  }
  for (int number = 1900; number <= 2000; ++number) {
    withdrawn += store_->withdraw(notification(number).id) ? 1 : 0;
  }
  EXPECT_FALSE(store_->withdraw(notification(5000).id));
  store_.step_until([&] { return kept == 2000 - withdrawn; });
  store_.settle();
  EXPECT_EQ(kept, 2000 - withdrawn);
  EXPECT_EQ(store_.counts().waiting, static_cast<std::uint64_t>(kept));
}

TEST_F(StoreTest, WhatIsQueuedIsBounded) {
  store_.close();
  StoreOptions options = Asked::options_of(directory_.path());
  options.most_queued_bytes = std::size_t{1} << 20;
  store_ = Asked(options);
  Notification large = notification(1);
  large.message = std::string(std::size_t{900} << 10, 'x');
  int kept = 0;
  int refused = 0;
  for (int number = 1; number <= 50; ++number) {
    large.id = notification(number).id;
    store_->insert(large, false, kNoDeadline, [&](const Result<Kept>& one) {
      kept += one ? 1 : 0;
      refused += one ? 0 : 1;
      if (!one) {
        EXPECT_THAT(one.error().message, HasSubstr("1 MiB"));
      }
    });
  }
  store_.step_until([&] { return kept + refused == 50; });
  EXPECT_GE(kept, 1);
  EXPECT_GE(refused, 1);
  EXPECT_EQ(store_->figures().refused, static_cast<std::uint64_t>(refused));
  EXPECT_TRUE(store_.insert(notification(60))) << "there is room again";
}

TEST_F(StoreTest, DoesWhatWasAskedForBeforeItEnds) {
  int told = 0;
  for (int number = 1; number <= 500; ++number) {
    store_->insert(notification(number), false, kNoDeadline,
                   [&told](const Result<Kept>&) { ++told; });
  }
  open_again();
  EXPECT_EQ(told, 0);
  EXPECT_EQ(store_.counts().waiting, 500U);
}

TEST_F(StoreTest, CompletionsMayAskForMore) {
  std::vector<int> told;
  store_->insert(notification(1), false, kNoDeadline, [&](const Result<Kept>&) {
    told.push_back(1);
    store_->insert(notification(2), false, kNoDeadline,
                   [&told](const Result<Kept>&) { told.push_back(2); });
  });
  store_.step_until([&told] { return told.size() == 2; });
  EXPECT_THAT(told, ElementsAre(1, 2));
}

TEST_F(StoreTest, TellsItsFigures) {
  keep(1, 1);
  const StoreFigures figures = store_->figures();
  EXPECT_EQ(figures.path, directory_.path() + "/queue.sqlite");
  EXPECT_GT(figures.bytes, 4096U);
  EXPECT_EQ(figures.commits, 1U);
  EXPECT_EQ(figures.inserted, 1U);
}

TEST_F(StoreTest, WhatWasNotSyncedIsSoon) {
  keep(1, 1);
  store_.become_dispatcher();
  EXPECT_THAT(store_.taken(), ElementsAre("1"));
  store_.step_until([this] { return store_->figures().commits == 2; });
}

TEST(Id, IsAUuidOfVersion7) {
  const Result<std::string> id = new_id(at(0x0123456789ab));
  ASSERT_TRUE(id);
  EXPECT_EQ(id->size(), 32U);
  EXPECT_EQ(id->substr(0, 13), "0123456789ab7");
  EXPECT_THAT("89ab", HasSubstr(std::string(1, (*id)[16])));
  EXPECT_TRUE(id_bytes(*id));
  EXPECT_EQ(id_text(*id_bytes(*id)), *id);
  EXPECT_NE(*new_id(at(1)), *new_id(at(1)));
  EXPECT_FALSE(id_bytes("0123456789ABCDEF0123456789ABCDEF"));
  EXPECT_FALSE(id_bytes("0123"));
}

TEST(State, HasAWord) {
  for (const State state : {State::waiting, State::running, State::done, State::dead}) {
    EXPECT_EQ(state_of(word(state)), state);
  }
  EXPECT_FALSE(state_of("Waiting"));
}

}  // namespace
}  // namespace kamexec::stored

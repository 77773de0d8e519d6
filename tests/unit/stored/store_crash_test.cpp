// SPDX-License-Identifier: GPL-2.0-or-later
// What was answered is there after kill -9, and two processes may have a store open at once.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <set>

#include "base/unique_fd.h"
#include "store_fixture.h"

namespace kamexec::stored {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// A process of its own that stores numbers from @p first on, eight at a time, and writes those
/// that were answered to a pipe, until it is killed.
class Storing {
 public:
  Storing(const std::string& directory, int first) {
    int ends[2];
    EXPECT_EQ(::pipe(ends), 0);
    answered_ = UniqueFd(ends[0]);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::close(ends[0]);
      store(directory, first, ends[1]);
    }
    ::close(ends[1]);
  }
  ~Storing() { kill(); }
  Storing(const Storing&) = delete;
  Storing& operator=(const Storing&) = delete;

  /// Waits for @p most answers; how many there are.
  std::size_t wait_for(std::size_t most) {
    int number = 0;
    while (numbers_.size() < most && read(number)) {
    }
    return numbers_.size();
  }
  /// Ends it, and gives all that was answered.
  const std::set<int>& kill() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
      }
      pid_ = 0;
      int number = 0;
      while (read(number)) {
      }
    }
    return numbers_;
  }

 private:
  bool read(int& number) {
    if (::read(answered_.get(), &number, sizeof(number)) != sizeof(number)) {
      return false;
    }
    numbers_.insert(number);
    return true;
  }

  [[noreturn]] static void store(const std::string& directory, int first, int answered) {
    Result<std::unique_ptr<StoreThread>> store = StoreThread::open(Asked::options_of(directory));
    if (!store) {
      ::_exit(1);
    }
    int number = first;
    int waiting = 0;
    for (;;) {
      for (; waiting < 8; ++waiting, ++number) {
        (*store)->insert(notification(number), false, kNoDeadline,
                         [number, answered, &waiting](const Result<Kept>& kept) {
                           --waiting;
                           if (kept && ::write(answered, &number, sizeof(number)) < 0) {
                             ::_exit(1);
                           }
                         });
      }
      pollfd ready{(*store)->fd(), POLLIN, 0};
      ::poll(&ready, 1, -1);
      (*store)->step();
    }
  }

  pid_t pid_ = 0;
  UniqueFd answered_;
  std::set<int> numbers_;
};

std::set<int> kept_in(Asked& store) {
  std::set<int> numbers;
  Selection which;
  for (;;) {
    const Result<Listed> listed = store.list(which);
    EXPECT_TRUE(listed) << listed.error().message;
    if (!listed) {
      return numbers;
    }
    for (const StoredNotification& one : listed->notifications) {
      EXPECT_FALSE(one.damage) << *one.damage;
      EXPECT_TRUE(numbers.insert(std::stoi(one.notification.arguments.at(1))).second);
      which.after = one.number;
    }
    if (!listed->more) {
      return numbers;
    }
  }
}

TEST(StoreCrash, WhatWasAnsweredIsThereAfterAKill) {
  const TemporaryDirectory directory;
  std::set<int> answered;
  for (int round = 0; round < 5; ++round) {
    Storing storing(directory.path(), 1'000'000 * (round + 1));
    ASSERT_GE(storing.wait_for(20 + 7U * static_cast<unsigned>(round)), 20U);
    answered.insert(storing.kill().begin(), storing.kill().end());
    Asked store(directory.path());
    const std::set<int> kept = kept_in(store);
    EXPECT_TRUE(std::includes(kept.begin(), kept.end(), answered.begin(), answered.end()));
    EXPECT_LE(kept.size(), answered.size() + 8 * 5);
    EXPECT_EQ(store.counts().waiting, kept.size());
  }
}

TEST(StoreCrash, TwoProcessesStoreAtOnceAndOneDispatches) {
  const TemporaryDirectory directory;
  Storing storing(directory.path(), 1'000'000);  // both make the database
  Asked store(directory.path());
  store.become_dispatcher();
  ASSERT_GE(storing.wait_for(1), 1U);
  for (int number = 1; number <= 200; ++number) {
    ASSERT_TRUE(store.insert(notification(number)));
  }
  ASSERT_GE(storing.wait_for(10), 10U);
  const std::set<int> answered = storing.kill();
  const std::set<int> kept = kept_in(store);
  EXPECT_TRUE(std::includes(kept.begin(), kept.end(), answered.begin(), answered.end()));
  EXPECT_LE(kept.size(), answered.size() + 8 + 200);

  ASSERT_TRUE(store.insert(notification(201)));
  EXPECT_EQ(store.counts().waiting, kept.size() + 1) << "of both";
  std::size_t taken = 0;
  while (const std::size_t some = store.taken("bill", at(900'000'000)).size()) {
    taken += some;
  }
  EXPECT_EQ(taken, kept.size() + 1);
}

TEST(StoreCrash, OneDispatcherAtATime) {
  const TemporaryDirectory directory;
  Asked first(directory.path());
  Asked second(directory.path());
  first.become_dispatcher();
  EXPECT_EQ(second->become_dispatcher(), false);
  EXPECT_FALSE(second->is_dispatcher());
  for (int number = 1; number <= 3; ++number) {
    ASSERT_TRUE(first.insert(notification(number)));
  }
  EXPECT_FALSE(second.insert(notification(4), true)->taken);
  EXPECT_THAT(first.taken(), ElementsAre("1", "2", "3", "4"));

  // What it has told before it leaves is on disk when the other one begins.
  first.attempted(1, State::done);
  first.attempted(2, State::waiting, at(9'000'000));
  first->leave_dispatcher();
  EXPECT_FALSE(first->is_dispatcher());
  second.become_dispatcher();
  EXPECT_THAT(second.taken(), ElementsAre("3", "4"));
  EXPECT_EQ(first->become_dispatcher(), false);

  // One that had begun ends with the first one all the same.
  first.attempted(3, State::done);
  first.attempted(4, State::dead);
  first->give_back({notification(4).id});
  EXPECT_FALSE(first.insert(notification(5), true)->taken);
  EXPECT_THAT(first.taken(), IsEmpty());
  first.settle();
  EXPECT_EQ(first.counts().done, 2U);
  EXPECT_EQ(first.counts().dead, 0U) << "the other one has it";
  second.attempted(4, State::done);
  second.settle();
  EXPECT_EQ(second.counts().done, 3U);
}

TEST(StoreCrash, WhatIsTakenInTheMomentOfLeavingIsNot) {
  const TemporaryDirectory directory;
  Asked first(directory.path());
  Asked second(directory.path());
  first.become_dispatcher();
  std::vector<bool> taken;
  std::size_t given = 1;
  for (int number = 1; number <= 3; ++number) {
    first->insert(notification(number), true, kNoDeadline,
                  [&](const Result<Kept>& kept) { taken.push_back(!kept || kept->taken); });
  }
  first->take("bill", 10, 1'000'000, at(2'000'000),
              [&](const Result<Taken>& some) { given = some ? some->notifications.size() : 9; });
  first->leave_dispatcher();
  first.step_until([&] { return taken.size() == 3 && given != 1; });
  EXPECT_THAT(taken, ElementsAre(false, false, false));
  EXPECT_EQ(given, 0U);
  second.become_dispatcher();
  EXPECT_THAT(second.taken(), ElementsAre("1", "2", "3"));
}

TEST(StoreCrash, TheLockGoesWithItsProcess) {
  const TemporaryDirectory directory;
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const pid_t pid = ::fork();
  if (pid == 0) {
    Asked store(directory.path());
    store.become_dispatcher();
    char byte = store.insert(notification(1), true)->taken ? 'y' : 'n';
    static_cast<void>(::write(ends[1], &byte, 1));
    ::pause();
    ::_exit(0);
  }
  char byte = 0;
  ASSERT_EQ(::read(ends[0], &byte, 1), 1);
  EXPECT_EQ(byte, 'y');
  ::close(ends[0]);
  ::close(ends[1]);
  Asked store(directory.path());
  EXPECT_EQ(store->become_dispatcher(), false);
  ::kill(pid, SIGKILL);
  ASSERT_EQ(::waitpid(pid, nullptr, 0), pid);
  store.become_dispatcher();
  EXPECT_THAT(store.taken(), ElementsAre("1"));
}

}  // namespace
}  // namespace kamexec::stored

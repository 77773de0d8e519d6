// SPDX-License-Identifier: GPL-2.0-or-later
// Full disks, locks of others, files that are damaged or somebody else's: told of in words, and
// nothing that can be read is lost.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <random>

#include "base/unique_fd.h"
#include "store_fixture.h"

namespace kamexec::stored {
namespace {

using testing::AllOf;
using testing::AnyOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

std::string error_of_opening(const std::string& directory) {
  const Result<std::unique_ptr<StoreThread>> opened =
      StoreThread::open(Asked::options_of(directory));
  return opened ? "" : opened.error().message;
}

void write_file(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Somebody else's connection.
class Stranger {
 public:
  explicit Stranger(const std::string& path) {
    EXPECT_EQ(sqlite3_open(path.c_str(), &handle_), SQLITE_OK);
  }
  ~Stranger() { sqlite3_close(handle_); }
  Stranger(const Stranger&) = delete;
  Stranger& operator=(const Stranger&) = delete;
  void execute(const char* sql) {
    EXPECT_EQ(sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr), SQLITE_OK)
        << sql << ": " << sqlite3_errmsg(handle_);
  }

 private:
  sqlite3* handle_ = nullptr;
};

class StoreFailure : public testing::Test {
 protected:
  [[nodiscard]] std::string path() const { return directory_.path() + "/queue.sqlite"; }
  void keep(Asked& store, int first, int last) {
    for (int number = first; number <= last; ++number) {
      const Result<Kept> kept = store.insert(notification(number));
      ASSERT_TRUE(kept) << kept.error().message;
    }
  }

  TemporaryDirectory directory_;
};

TEST_F(StoreFailure, SaysWhatItCantOpen) {
  EXPECT_THAT(error_of_opening(directory_.path() + "/a/b"),
              AllOf(HasSubstr(directory_.path() + "/a/b"), HasSubstr("directory above it")));
  write_file(directory_.path() + "/file", "x");
  EXPECT_THAT(error_of_opening(directory_.path() + "/file"), HasSubstr("is no directory"));
  ASSERT_EQ(::mkdir(path().c_str(), 0700), 0);
  EXPECT_THAT(error_of_opening(directory_.path()), HasSubstr("is no file"));
}

TEST_F(StoreFailure, MakesItsDirectoryForItselfAlone) {
  const mode_t before = ::umask(022);
  Asked store(directory_.path() + "/new");
  ::umask(before);
  struct stat made {};
  ASSERT_EQ(::stat((directory_.path() + "/new").c_str(), &made), 0);
  EXPECT_EQ(made.st_mode & 0777U, 0750U);
  keep(store, 1, 1);
  for (const char* const name : {"queue.sqlite", "queue.sqlite-wal", "queue.sqlite-shm"}) {
    ASSERT_EQ(::stat((directory_.path() + "/new/" + name).c_str(), &made), 0) << name;
    EXPECT_EQ(made.st_mode & 0777U, 0640U) << name;
  }
}

TEST_F(StoreFailure, RefusesWhatIsNotItsOwn) {
  write_file(path(), std::string(10'000, 'x'));
  EXPECT_THAT(error_of_opening(directory_.path()),
              AllOf(HasSubstr(path()), HasSubstr("no database"), HasSubstr("move it")));
  EXPECT_EQ(read_file(path()), std::string(10'000, 'x')) << "and leaves it alone";

  ASSERT_EQ(::unlink(path().c_str()), 0);
  { Stranger(path()).execute("CREATE TABLE a(b)"); }
  EXPECT_THAT(error_of_opening(directory_.path()), HasSubstr("another application"));
}

TEST_F(StoreFailure, RefusesWhatAnotherVersionHasWritten) {
  {
    Asked store(directory_.path());
    keep(store, 1, 1);
  }
  { Stranger(path()).execute("PRAGMA user_version=4"); }
  EXPECT_THAT(error_of_opening(directory_.path()),
              AllOf(HasSubstr("later version"), HasSubstr("format 4")));
  { Stranger(path()).execute("PRAGMA user_version=2"); }
  EXPECT_THAT(error_of_opening(directory_.path()),
              AllOf(HasSubstr("earlier version"), HasSubstr("format 2")));
}

TEST_F(StoreFailure, AnEmptyFileIsALossAndNotABeginning) {
  {
    Asked store(directory_.path());
    keep(store, 1, 1);
  }
  ASSERT_EQ(::truncate(path().c_str(), 0), 0);
  EXPECT_THAT(error_of_opening(directory_.path()), HasSubstr("it is empty"));
  ASSERT_EQ(::unlink(path().c_str()), 0);
  write_file(path() + "-wal", "x");
  EXPECT_THAT(error_of_opening(directory_.path()), HasSubstr("-wal is there without it"));
  ASSERT_EQ(::unlink((path() + "-wal").c_str()), 0);
  write_file(path() + ".new", "what a start has left that was killed");
  EXPECT_EQ(error_of_opening(directory_.path()), "");
}

TEST_F(StoreFailure, SaysThatItMayNotWrite) {
  {
    Asked store(directory_.path());
    keep(store, 1, 1);
  }
  // As a user whose file it isn't.
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  ASSERT_EQ(::chmod(directory_.path().c_str(), 0755), 0);
  ASSERT_EQ(::chmod(path().c_str(), 0444), 0);
  const pid_t pid = ::fork();
  if (pid == 0) {
    const bool changed = ::getuid() != 0 || (::setgid(65534) == 0 && ::setuid(65534) == 0);
    const std::string said = changed ? error_of_opening(directory_.path()) : "?";
    static_cast<void>(::write(ends[1], said.data(), said.size()));
    ::_exit(0);
  }
  ::close(ends[1]);
  std::string said(2000, '\0');
  said.resize(static_cast<std::size_t>(std::max<ssize_t>(::read(ends[0], said.data(), 2000), 0)));
  ::close(ends[0]);
  ASSERT_EQ(::waitpid(pid, nullptr, 0), pid);
  EXPECT_THAT(said, AllOf(HasSubstr(path()), HasSubstr("writable for the user")));
}

// A lock of somebody else's.

TEST_F(StoreFailure, WaitsForALockAndSaysWhoIsToBlame) {
  Asked store(directory_.path());
  keep(store, 1, 1);
  Stranger stranger(path());
  stranger.execute("BEGIN IMMEDIATE");
  const Result<Kept> late =
      store.insert(notification(2), false, after(Clock::now(), std::chrono::milliseconds(300)));
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().system_errno, ETIMEDOUT);
  EXPECT_THAT(late.error().message, AllOf(HasSubstr("locked"), HasSubstr("fuser -v")));

  std::optional<bool> kept;
  store->insert(notification(3), false, kNoDeadline,
                [&kept](const Result<Kept>& one) { kept = one.has_value(); });
  store.step_until([&store] { return store->figures().failure.has_value(); });
  EXPECT_THAT(*store->figures().failure, HasSubstr("locked"));
  EXPECT_FALSE(kept);
  stranger.execute("COMMIT");
  store.step_until([&kept] { return kept.has_value(); });
  EXPECT_EQ(kept, true);
  EXPECT_FALSE(store->figures().failure);
}

// Full disks.

/// A small file system; only root can mount one.
class SmallDisk {
 public:
  explicit SmallDisk(const std::string& path, const char* options = "size=1m") : path_(path) {
    mounted_ = ::mount("kamexec-test", path.c_str(), "tmpfs", 0, options) == 0;
  }
  ~SmallDisk() {
    if (mounted_) {
      ::umount2(path_.c_str(), MNT_DETACH);
    }
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  [[nodiscard]] bool mounted() const { return mounted_; }

 private:
  std::string path_;
  bool mounted_ = false;
};

/// Until one is refused; the number of those kept.
int fill(Asked& store, std::string& said) {
  for (int number = 1000; number < 5000; ++number) {
    Notification large = notification(number);
    large.message = std::string(20'000, 'x');
    const Result<Kept> kept = store.insert(large);
    if (!kept) {
      said = kept.error().message;
      return number - 1000;
    }
  }
  return -1;
}

/// As soon as there is room.
bool is_taken_in_time(Asked& store, const Notification& call) {
  const TimePoint until = after(Clock::now(), kPatience);
  while (!store.insert(call)) {
    if (Clock::now() >= until) {
      return false;
    }
    ::poll(nullptr, 0, 50);
  }
  return true;
}

TEST_F(StoreFailure, RecoversFromAFullDisk) {
  const SmallDisk disk(directory_.path());
  if (!disk.mounted()) {
    GTEST_SKIP() << "can't mount a tmpfs: " << std::generic_category().message(errno);
  }
  Asked store(directory_.path());
  keep(store, 1, 3);
  store.become_dispatcher();
  EXPECT_THAT(store.taken(), ElementsAre("1", "2", "3"));
  const std::string ballast = directory_.path() + "/ballast";
  {
    const UniqueFd file(::open(ballast.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    ASSERT_EQ(::posix_fallocate(file.get(), 0, 300'000), 0);
  }
  std::string said;
  const int kept = fill(store, said);
  ASSERT_GT(kept, 0);
  EXPECT_THAT(said, AllOf(HasSubstr(path()), HasSubstr(directory_.path() + " is full"),
                          HasSubstr("free space there")));
  EXPECT_THAT(store->figures().failure.value_or(""), HasSubstr("is full"));
  EXPECT_EQ(store.counts().waiting, 3U + static_cast<unsigned>(kept));
  // What has run is told by the room of the reserve; new calls wait for there being one again.
  for (int number = 1; number <= 3; ++number) {
    store.attempted(number, State::done);
  }
  store.step_until([&store] { return store.counts().done == 3; });
  EXPECT_EQ(store.counts().done, 3U);
  EXPECT_FALSE(store.insert(notification(7)));
  ::unlink(ballast.c_str());
  EXPECT_TRUE(is_taken_in_time(store, notification(7)));
  EXPECT_FALSE(store->figures().failure);
  EXPECT_EQ(store.counts().waiting, 1U + static_cast<unsigned>(kept));
  store.close();
  Asked again(directory_.path());
  EXPECT_EQ(again.counts().waiting, 1U + static_cast<unsigned>(kept));
  EXPECT_EQ(again.counts().done, 3U);
}

TEST_F(StoreFailure, AQueueThatHasFilledItsDiskIsRunAndForgotten) {
  const SmallDisk disk(directory_.path(), "size=16m");
  if (!disk.mounted()) {
    GTEST_SKIP() << "can't mount a tmpfs: " << std::generic_category().message(errno);
  }
  Asked store(directory_.path());
  store.become_dispatcher();
  std::string said;
  const int kept = fill(store, said);
  ASSERT_GT(kept, 0);
  EXPECT_THAT(said, HasSubstr("is full"));
  int run = 0;
  for (std::vector<std::string> taken = store.taken(); !taken.empty(); taken = store.taken()) {
    for (const std::string& number : taken) {
      store.attempted(std::stoi(number), State::done);
      ++run;
    }
  }
  EXPECT_EQ(run, kept);
  store.step_until([&] { return store.counts().done == static_cast<unsigned>(kept); });
  EXPECT_EQ(store.counts().done, static_cast<unsigned>(kept));
  store->purge("bill", at(9'000'000), at(9'000'000));
  EXPECT_TRUE(is_taken_in_time(store, notification(7)));
}

TEST_F(StoreFailure, RecoversWhenItsFileMayGrowAgain) {
  Asked store(directory_.path());
  keep(store, 1, 3);
  store.become_dispatcher();
  EXPECT_THAT(store.taken(), SizeIs(3));
  struct rlimit before {};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  struct rlimit small = before;
  small.rlim_cur = 400'000;
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  std::string said;
  const int kept = fill(store, said);
  store.attempted(1, State::done);
  const Result<Taken> nothing = store.take("bill", 100, at(2'000'000));
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  ASSERT_GT(kept, 0);
  EXPECT_THAT(said, AllOf(HasSubstr(path()), HasSubstr("ulimit -f")));
  store.step_until([&store] { return store.counts().done == 1; });
  EXPECT_TRUE(store.insert(notification(7)));
  EXPECT_EQ(store.counts().waiting, 3U + static_cast<unsigned>(kept));
}

// Damage.

TEST_F(StoreFailure, WhatIsDamagedIsDeadAndInTheWayOfNoOther) {
  {
    Asked store(directory_.path());
    for (int number = 1; number <= 4; ++number) {
      ASSERT_TRUE(store.insert(notification(number, "bill", "one order")));
    }
    ASSERT_TRUE(store.insert(notification(5)));
  }
  {
    Stranger stranger(path());
    stranger.execute(
        "UPDATE content SET body = replace(body, 'INVITE', 'INVITO') WHERE number = 1");
    stranger.execute("UPDATE content SET head = x'' WHERE number = 2");
    stranger.execute(
        "UPDATE content SET head = (SELECT head FROM content WHERE number = 4) "
        "WHERE number = 3");
  }
  Asked store(directory_.path());
  store.become_dispatcher();
  EXPECT_THAT(store.taken(), ElementsAre("5"));
  EXPECT_THAT(store.taken(), ElementsAre());
  EXPECT_THAT(store.taken(), ElementsAre());
  EXPECT_THAT(store.taken(), ElementsAre("4"));
  EXPECT_EQ(store.counts().dead, 3U);
  EXPECT_EQ(store.counts().waiting, 2U);
  Selection dead;
  dead.state = State::dead;
  dead.whole = true;
  const Result<Listed> listed = store.list(dead);
  ASSERT_TRUE(listed);
  ASSERT_THAT(listed->notifications, SizeIs(3));
  for (const StoredNotification& one : listed->notifications) {
    EXPECT_TRUE(one.damage);
    EXPECT_EQ(one.notification.program, "bill");
    EXPECT_EQ(one.notification.id, notification(static_cast<int>(one.number)).id);
    ASSERT_TRUE(one.last);
    EXPECT_THAT(one.last->detail, HasSubstr("damaged"));
  }
  EXPECT_THAT(*listed->notifications[0].damage, HasSubstr("checksum"));
  EXPECT_EQ(store.drop(dead), 3U);
}

TEST_F(StoreFailure, ARowThatSaysNonsenseIsShown) {
  {
    Asked store(directory_.path());
    keep(store, 1, 3);
    store.become_dispatcher();
    store.settle();
  }
  { Stranger(path()).execute("UPDATE notification SET state = 77 WHERE number = 2"); }
  EXPECT_THAT(error_of_opening(directory_.path()), HasSubstr("what it counts"));
}

/// Everything that can be asked is asked; what comes is an answer or an error in words.
void use(Asked& store) {
  store.become_dispatcher();
  Selection which;
  which.whole = true;
  for (;;) {
    const Result<Listed> listed = store.list(which);
    if (!listed) {
      EXPECT_THAT(listed.error().message, HasSubstr("queue.sqlite"));
      break;
    }
    if (!listed->more) {
      break;
    }
    ASSERT_GT(listed->notifications.back().number, which.after);
    which.after = listed->notifications.back().number;
  }
  for (int round = 0; round < 3; ++round) {
    const Result<Taken> taken = store.take("bill", 50);
    if (!taken) {
      EXPECT_THAT(taken.error().message, HasSubstr("queue.sqlite"));
      break;
    }
    for (const Notification& one : taken->notifications) {
      Attempted what;
      what.id = one.id;
      what.program = "bill";
      what.state = State::done;
      what.last = LastAttempt{"ok", 0, "", at(1)};
      store->attempted(std::move(what));
    }
  }
  for (int number = 900'000; number < 900'003; ++number) {
    const Result<Kept> kept = store.insert(notification(number, "another"));
    if (!kept) {
      EXPECT_THAT(kept.error().message, AnyOf(HasSubstr("queue.sqlite"), HasSubstr("already")));
    }
  }
  store->purge("bill", at(9'000'000), at(9'000'000));
  static_cast<void>(store.retry({}));
  static_cast<void>(store.drop({}));
}

TEST_F(StoreFailure, FlippedBytesAreToldOfAndNeverASilentLoss) {
  std::string whole;
  {
    Asked store(directory_.path());
    for (int number = 1; number <= 300; ++number) {
      store->insert(notification(number, "bill", std::to_string(number % 50)), false, kNoDeadline,
                    [](const Result<Kept>&) {});
    }
    store.step_until([&store] { return store.counts().waiting == 300; });
  }
  whole = read_file(path());
  ASSERT_GT(whole.size(), 100'000U);
  std::mt19937 random(20'261'127);
  int refused = 0;
  for (int round = 0; round < 60; ++round) {
    SCOPED_TRACE(round);
    std::string damaged = whole;
    for (int flips = 0; flips <= round % 8; ++flips) {
      // The first page, which says most, more often than its share.
      const std::size_t where = random() % (round % 4 == 0 ? 4096 : damaged.size());
      damaged[where] = static_cast<char>(damaged[where] ^ (1 << random() % 8));
    }
    ::unlink((path() + "-wal").c_str());
    ::unlink((path() + "-shm").c_str());
    write_file(path(), damaged);
    Result<std::unique_ptr<StoreThread>> opened =
        StoreThread::open(Asked::options_of(directory_.path()));
    if (!opened) {
      ++refused;
      EXPECT_THAT(opened.error().message, HasSubstr("queue.sqlite"));
      continue;
    }
    EXPECT_EQ((*opened)->counts()["bill"].waiting, 300U);
    opened->reset();
    Asked store(directory_.path());
    use(store);
  }
  EXPECT_GT(refused, 5);
}

TEST_F(StoreFailure, ADamagedLogEndsWhatIsRecovered) {
  std::string whole;
  std::string log;
  {
    Asked store(directory_.path());
    keep(store, 1, 40);
    whole = read_file(path());
    log = read_file(path() + "-wal");  // as a killed process leaves both
  }
  ASSERT_GT(log.size(), 40U * 4096);
  std::mt19937 random(27'112'026);
  for (int round = 0; round < 40; ++round) {
    SCOPED_TRACE(round);
    const TemporaryDirectory copy;
    write_file(copy.path() + "/queue.sqlite", whole);
    std::string damaged = log;
    const std::size_t where = random() % (round % 4 == 0 ? 64 : damaged.size());
    damaged[where] = static_cast<char>(damaged[where] ^ (1 << random() % 8));
    write_file(copy.path() + "/queue.sqlite-wal", damaged);
    Asked store(copy.path());
    const Result<Listed> listed = store.list();
    ASSERT_TRUE(listed);
    EXPECT_EQ(listed->notifications.size(), store.counts().waiting);
    EXPECT_LE(listed->notifications.size(), 40U);
    for (std::size_t at = 0; at < listed->notifications.size(); ++at) {
      EXPECT_FALSE(listed->notifications[at].damage);
      EXPECT_EQ(listed->notifications[at].number, static_cast<std::int64_t>(at) + 1);
    }
    EXPECT_TRUE(store.insert(notification(41)));
  }
}

TEST_F(StoreFailure, SaysThatThereIsNoRoomToBegin) {
  const SmallDisk disk(directory_.path());
  if (!disk.mounted()) {
    GTEST_SKIP() << "can't mount a tmpfs: " << std::generic_category().message(errno);
  }
  write_file(directory_.path() + "/ballast", std::string(std::size_t{1} << 20, 'x'));
  EXPECT_THAT(error_of_opening(directory_.path()), HasSubstr("is full: free space there"));
  ASSERT_EQ(::unlink((directory_.path() + "/ballast").c_str()), 0);
  EXPECT_EQ(error_of_opening(directory_.path()), "");
}

TEST_F(StoreFailure, DamageThatComesLaterLeavesOtherProgramsAlone) {
  Asked store(directory_.path());
  for (int number = 1; number <= 2000; ++number) {
    store->insert(notification(number, number % 2 == 0 ? "bill" : "other"), false, kNoDeadline,
                  [](const Result<Kept>&) {});
  }
  store.step_until(
      [&store] { return store.counts().waiting + store.counts("other").waiting == 2000; });
  store.become_dispatcher();
  store.close();
  // All pages but the first ones, once it is open: quick_check has seen them whole.
  store = Asked(directory_.path());
  store.become_dispatcher();
  store.settle();
  const std::string whole = read_file(path());
  std::string damaged = whole;
  for (std::size_t at = 20 * 4096; at + 4096 < damaged.size(); at += 3 * 4096) {
    damaged.replace(at, 100, std::string(100, '\xee'));
  }
  {
    const UniqueFd file(::open(path().c_str(), O_WRONLY | O_CLOEXEC));
    ASSERT_EQ(::pwrite(file.get(), damaged.data(), damaged.size(), 0),
              static_cast<ssize_t>(damaged.size()));
  }
  use(store);
  store.close();
  EXPECT_THAT(error_of_opening(directory_.path()), AnyOf(HasSubstr("damaged"), ""));
}

}  // namespace
}  // namespace kamexec::stored

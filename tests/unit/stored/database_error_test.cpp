// SPDX-License-Identifier: GPL-2.0-or-later
#include "stored/database_error.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>

#include "base/unique_fd.h"
#include "store_fixture.h"
#include "stored/database.h"
#include "stored/open_database.h"

namespace kamexec::stored {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

struct Case {
  int code;
  int number;
  const char* what;
  const char* remedy;
};

TEST(DatabaseError, NamesTheFileWhatIsWrongAndTheRemedy) {
  constexpr Case kCases[] = {
      {SQLITE_FULL, 0, "file system of /var/q is full", "free space there"},
      {SQLITE_IOERR_WRITE, ENOSPC, "file system of /var/q is full", "free space there"},
      {SQLITE_IOERR_WRITE, EDQUOT, "quota", "raise it"},
      {SQLITE_IOERR_WRITE, EFBIG, "may not become larger", "LimitFSIZE="},
      {SQLITE_IOERR_WRITE, EIO, "Input/output error", "dmesg"},
      {SQLITE_IOERR_READ, 0, "disk I/O error", "dmesg"},
      {SQLITE_IOERR_SHORT_READ, 0, "cut off", "/var/q/queue.sqlite-wal"},
      {SQLITE_IOERR_NOMEM, 0, "out of memory", "MemoryMax="},
      {SQLITE_NOMEM, 0, "out of memory", "MemoryMax="},
      {SQLITE_CORRUPT, 0, "damaged", "/var/q/queue.sqlite-wal"},
      {SQLITE_NOTADB, 0, "no database", "/var/q/queue.sqlite-wal"},
      {SQLITE_READONLY, EACCES, "it and /var/q must be writable", "change their owner"},
      {SQLITE_CANTOPEN, EACCES, "Permission denied: it and /var/q must be", "change their owner"},
      {SQLITE_CANTOPEN, ENOENT, "it and /var/q must be writable", "change their owner"},
      {SQLITE_CANTOPEN, EROFS, "file system of /var/q is read-only", "mount it for writing"},
      {SQLITE_CANTOPEN, ENOSPC, "file system of /var/q is full", "free space there"},
      {SQLITE_CANTOPEN, EMFILE, "as many files open as it may", "LimitNOFILE="},
      {SQLITE_CANTOPEN, ENFILE, "as many files open as it may", "fs.file-max"},
      {SQLITE_BUSY, 0, "another process", "fuser -v /var/q/queue.sqlite"},
      {SQLITE_MISUSE, 0, "misuse", "restart kamexecd"},
  };
  for (const Case& one : kCases) {
    SCOPED_TRACE(std::to_string(one.code) + ", " + std::to_string(one.number));
    const Error error = database_error("write", "/var/q/queue.sqlite", one.code, one.number);
    EXPECT_THAT(error.message, AllOf(StartsWith("can't write /var/q/queue.sqlite: "),
                                     HasSubstr(one.what), HasSubstr(one.remedy)));
  }
}

TEST(DatabaseError, OfAFileThatIsMissingItsRoomTheRemedyIsRoom) {
  EXPECT_THAT(file_error("make", "/q/queue.sqlite.new", ENOSPC).message,
              EndsWith("the file system of /q is full: free space there"));
  EXPECT_THAT(file_error("make", "/q/queue.sqlite.new", EACCES).message,
              HasSubstr("Permission denied: it and /q must be writable for the user"));
}

/// No further file can be opened while it lives.
class NoMoreFiles {
 public:
  NoMoreFiles() {
    EXPECT_EQ(::getrlimit(RLIMIT_NOFILE, &before_), 0);
    const UniqueFd next(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    struct rlimit limit = before_;
    limit.rlim_cur = static_cast<rlim_t>(next.get());
    EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &limit), 0);
  }
  ~NoMoreFiles() { ::setrlimit(RLIMIT_NOFILE, &before_); }
  NoMoreFiles(const NoMoreFiles&) = delete;
  NoMoreFiles& operator=(const NoMoreFiles&) = delete;

 private:
  struct rlimit before_ {};
};

TEST(DatabaseError, OfALimitOfOpenFilesNamesTheLimit) {
  const TemporaryDirectory directory;
  ASSERT_TRUE(open_database(directory.path()));
  const auto opened = [&directory] {
    const NoMoreFiles none;  // no longer than this: UBSan looks at objects through a descriptor
    return open_database(directory.path());
  }();
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().message,
              AllOf(HasSubstr(directory.path() + "/queue.sqlite: "), HasSubstr("LimitNOFILE=")));
}

TEST(DatabaseError, OfATableThatIsMissingNamesItAndTheRescue) {
  const TemporaryDirectory directory;
  auto database = open_database(directory.path());
  ASSERT_TRUE(database);
  const Result<Statement> statement = (*database)->prepare("SELECT a FROM absent");
  ASSERT_FALSE(statement);
  EXPECT_THAT(statement.error().message,
              AllOf(HasSubstr("no such table: absent"), HasSubstr("rescue")));
}

}  // namespace
}  // namespace kamexec::stored

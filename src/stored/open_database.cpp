// SPDX-License-Identifier: GPL-2.0-or-later
#include "stored/open_database.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <thread>

#include "base/clock.h"
#include "base/unique_fd.h"
#include "stored/database_error.h"
#include "stored/requests.h"

namespace kamexec::stored {
namespace {

constexpr std::int64_t kApplication = 0x6b616d78;  // "kamx"
constexpr std::int64_t kVersion = 3;

// number: counted up for ever, so that a list can go on after the last one that it has shown: above
// all of program.last. AUTOINCREMENT would count in a table of its own, one page more of each
// commit. at: when a ready one is due, when one was done or died; NULL else, so that no index has
// it. content: apart, so that a change of the state writes a short row; and first what a list
// wants. A call is stored as a row of content alone, the end of one table, and costs one page:
// its row of notification is made later, of what is said before the content (fresh.h). program: the
// counts are changed by the transaction that changes what they count, in notification. Ids are in
// no UNIQUE index, which would let a damaged one be in the way of others.
constexpr const char* kSchema = R"(
CREATE TABLE program(
  key INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  waiting INTEGER NOT NULL DEFAULT 0,
  done INTEGER NOT NULL DEFAULT 0,
  dead INTEGER NOT NULL DEFAULT 0,
  last INTEGER NOT NULL DEFAULT 0);
CREATE TABLE notification(
  number INTEGER PRIMARY KEY,
  id BLOB NOT NULL,
  program INTEGER NOT NULL,
  state INTEGER NOT NULL,
  at INTEGER,
  stored_at INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  order_value BLOB,
  last_outcome BLOB,
  last_status INTEGER,
  last_detail BLOB,
  last_at INTEGER);
CREATE TABLE content(
  number INTEGER PRIMARY KEY,
  program INTEGER NOT NULL,
  stored_as INTEGER NOT NULL,
  stored_at INTEGER NOT NULL,
  id BLOB NOT NULL,
  head BLOB NOT NULL,
  body BLOB NOT NULL);
CREATE INDEX by_id ON notification(id);
CREATE INDEX by_state ON notification(program, state);
CREATE INDEX by_time ON notification(program, state, at) WHERE at IS NOT NULL;
CREATE INDEX by_order ON notification(program, order_value)
  WHERE order_value IS NOT NULL AND state < 3;
)";

// Said once more by every connection. cell_size_check finds damage before it is followed; memory
// for what is sorted, and not another file.
constexpr const char* kSettings =
    "PRAGMA cell_size_check=ON; PRAGMA temp_store=MEMORY; PRAGMA mmap_size=0;"
    "PRAGMA cache_size=-8192; PRAGMA secure_delete=FAST; PRAGMA journal_size_limit=67108864;";

constexpr int kOpenBusyMs = 2000;
constexpr std::chrono::seconds kOpenPatience{2};

bool is_there(const std::string& path, struct stat& file) {
  return ::stat(path.c_str(), &file) == 0;
}

/// Its entry must survive a crash of the machine as what will be in it.
Result<void> sync_parent(const std::string& directory) {
  std::string parent = directory;
  while (parent.size() > 1 && parent.back() == '/') {
    parent.pop_back();
  }
  const std::size_t slash = parent.rfind('/');
  parent = slash == std::string::npos ? "." : parent.substr(0, std::max<std::size_t>(slash, 1));
  const UniqueFd fd(::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid() || ::fsync(fd.get()) != 0) {
    return system_failure("can't make the directory of the stored calls " + directory, errno);
  }
  return {};
}

/// Of a directory that can't be made.
const char* remedy_of(int number) {
  switch (number) {
    case ENOENT:
      return ": make the directory above it";
    case EROFS:
      return ": mount that file system for writing, or name another directory";
    case ENOSPC:
    case EDQUOT:
      return ": free space there, or name another directory";
    default:
      return ": make it, for the user that kamexecd runs as";
  }
}

Result<void> make_directory(const std::string& directory) {
  if (::mkdir(directory.c_str(), 0750) == 0) {
    return sync_parent(directory);
  }
  const int number = errno;
  struct stat there {};
  if (number != EEXIST) {
    Error error = system_error("can't make the directory of the stored calls " + directory, number);
    error.message += remedy_of(number);
    return tl::unexpected(error);
  }
  if (!is_there(directory, there)) {
    return system_failure("can't use the directory of the stored calls " + directory, errno);
  }
  if (!S_ISDIR(there.st_mode)) {
    return failure("can't keep calls in " + directory +
                   ": it is no directory: name another one, or move it away");
  }
  return {};
}

/// Only one process at a time makes a database here: the others wait for it.
Result<UniqueFd> lock_directory(const std::string& directory) {
  UniqueFd fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid()) {
    return system_failure("can't open the directory of the stored calls " + directory, errno);
  }
  const TimePoint until = after(Clock::now(), kOpenPatience);
  while (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) {
      return system_failure("can't lock " + directory, errno);
    }
    if (Clock::now() > until) {
      return failure("can't make " + directory + "/" + std::string(kDatabaseName) +
                     ": another process has locked the directory: end that one (fuser -v " +
                     directory + " shows it)");
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return fd;
}

/// A database at @p path, whole and on disk.
Result<void> make_database(const std::string& path) {
  // SQLite would make it for everyone to read; what it puts beside it gets the same rights.
  UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640));
  if (!file.valid()) {
    return tl::unexpected(file_error("make", path, errno));
  }
  file.reset();
  Result<std::unique_ptr<Database>> database = Database::open(path, kOpenBusyMs);
  if (!database) {
    return tl::unexpected(database.error());
  }
  // Incremental: what a long backlog took is given back to the file system, a bit at a time.
  return (*database)->execute(
      "PRAGMA page_size=4096; PRAGMA auto_vacuum=INCREMENTAL; PRAGMA synchronous=FULL;"
      "BEGIN IMMEDIATE;" +
      std::string(kSchema) + "PRAGMA application_id=" + std::to_string(kApplication) +
      "; PRAGMA user_version=" + std::to_string(kVersion) + "; COMMIT;");
}

/// Makes it under another name first: what has the right one is whole, and one that is empty is
/// a loss to be told of.
Result<void> make_where_missing(const std::string& directory, const std::string& path) {
  const Result<UniqueFd> lock = lock_directory(directory);
  if (!lock) {
    return tl::unexpected(lock.error());
  }
  struct stat file {};
  if (is_there(path, file)) {
    return {};
  }
  if (is_there(path + "-wal", file) && file.st_size > 0) {
    return failure("can't make " + path + ": " + path +
                   "-wal is there without it and may hold calls: move both to where they were, or "
                   "remove it");
  }
  const std::string made = path + ".new";
  if (::unlink(made.c_str()) != 0 && errno != ENOENT) {
    return tl::unexpected(file_error("remove", made, errno));
  }
  static_cast<void>(::unlink((made + "-journal").c_str()));
  if (Result<void> whole = make_database(made); !whole) {
    static_cast<void>(::unlink(made.c_str()));
    return whole;
  }
  if (::rename(made.c_str(), path.c_str()) != 0 || ::fsync(lock->get()) != 0) {
    return tl::unexpected(file_error("make", path, errno));
  }
  return {};
}

Result<void> check_version(Database& database) {
  const std::string& path = database.path();
  const Result<std::int64_t> application = database.number("PRAGMA application_id");
  if (!application) {
    return tl::unexpected(application.error());
  }
  const Result<std::int64_t> version = database.number("PRAGMA user_version");
  if (!version) {
    return tl::unexpected(version.error());
  }
  if (*application != kApplication) {
    return failure("can't use " + path +
                   ": it is a database of another application: move it away, or keep calls in "
                   "another directory");
  }
  if (*version > kVersion) {
    return failure("can't use " + path + ": a later version of kamexecd has written it (format " +
                   std::to_string(*version) + ", this version knows " + std::to_string(kVersion) +
                   "): install that version again, or move it away with " + path + "-wal");
  }
  if (*version < 1) {
    return tl::unexpected(damaged(path, "it has no format"));
  }
  if (*version < kVersion) {
    return failure("can't use " + path +
                   ": an earlier version of kamexecd has written it (format " +
                   std::to_string(*version) + ", this version knows " + std::to_string(kVersion) +
                   "): let that version run its calls, then move it away with " + path + "-wal");
  }
  return {};
}

/// quick_check doesn't compare an index with its table: this does, by the counts.
Result<void> check_counts(Database& database) {
  const Result<std::int64_t> wrong = database.number(
      "WITH sorted(last) AS (SELECT max((SELECT coalesce(max(last), 0) FROM program),"
      "    (SELECT coalesce(max(number), 0) FROM notification)))"
      "SELECT (SELECT count(*) FROM notification NOT INDEXED)"
      "    <> (SELECT coalesce(sum(waiting + done + dead), 0) FROM program)"
      "  OR (SELECT count(*) FROM content WHERE number <= (SELECT last FROM sorted))"
      "    <> (SELECT count(*) FROM notification NOT INDEXED)"
      "  OR EXISTS (SELECT 1 FROM content WHERE number > (SELECT last FROM sorted)"
      "    AND (stored_as NOT IN (0, 2) OR program NOT IN (SELECT key FROM program)))"
      "  OR EXISTS (SELECT 1 FROM program WHERE"
      "    waiting <> (SELECT count(*) FROM notification INDEXED BY by_state"
      "      WHERE program = key AND state IN (0, 1, 2)) OR"
      "    done <> (SELECT count(*) FROM notification INDEXED BY by_state"
      "      WHERE program = key AND state = 3) OR"
      "    dead <> (SELECT count(*) FROM notification INDEXED BY by_state"
      "      WHERE program = key AND state = 4))");
  if (!wrong) {
    return tl::unexpected(wrong.error());
  }
  if (*wrong != 0) {
    return tl::unexpected(damaged(database.path(), "what it counts isn't what it holds"));
  }
  return {};
}

Result<void> check_structure(Database& database) {
  struct stat file {};
  if (!is_there(database.path(), file) ||
      static_cast<std::uint64_t>(file.st_size) > kCheckedBytes) {
    return {};
  }
  const Result<std::string> checked = database.text("PRAGMA quick_check(1)");
  if (!checked) {
    return tl::unexpected(checked.error());
  }
  if (*checked != "ok") {
    return tl::unexpected(damaged(database.path(), *checked));
  }
  return check_counts(database);
}

}  // namespace

Result<std::unique_ptr<Database>> open_database(const std::string& directory) {
  if (const Result<void> made = make_directory(directory); !made) {
    return tl::unexpected(made.error());
  }
  const std::string path = directory + "/" + std::string(kDatabaseName);
  struct stat file {};
  if (!is_there(path, file)) {
    if (errno != ENOENT) {
      return system_failure("can't use " + path, errno);
    }
    if (const Result<void> made = make_where_missing(directory, path); !made) {
      return tl::unexpected(made.error());
    }
  } else if (!S_ISREG(file.st_mode)) {
    return failure("can't keep calls in " + path + ": it is no file: move it away");
  } else if (file.st_size == 0) {
    return tl::unexpected(damaged(path, "it is empty, and never was since it was made"));
  }

  Result<std::unique_ptr<Database>> database = Database::open(path, kOpenBusyMs);
  if (!database) {
    return database;
  }
  if ((*database)->is_read_only()) {
    return tl::unexpected((*database)->error("write", SQLITE_READONLY));
  }
  if (const Result<void> ours = check_version(**database); !ours) {
    return tl::unexpected(ours.error());
  }
  const Result<std::string> mode = (*database)->text("PRAGMA journal_mode=WAL");
  if (!mode) {
    return tl::unexpected(mode.error());
  }
  if (*mode != "wal") {
    return failure("can't use " + path + ": its file system has no shared memory (network file " +
                   "systems have none): keep calls on a local one");
  }
  if (const Result<void> set = (*database)->execute(kSettings); !set) {
    return tl::unexpected(set.error());
  }
  if (const Result<void> good = check_structure(**database); !good) {
    return tl::unexpected(good.error());
  }
  return database;
}

}  // namespace kamexec::stored

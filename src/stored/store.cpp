// SPDX-License-Identifier: GPL-2.0-or-later
#include "stored/store.h"

#include <sqlite3.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <utility>

#include "stored/database.h"
#include "stored/fresh.h"
#include "stored/open_database.h"
#include "stored/programs.h"
#include "stored/queue.h"
#include "stored/rows.h"

namespace kamexec::stored {
namespace {

// Of the log: what commits write again and again is brought to the database once.
constexpr int kLogPages = 4096;
constexpr std::size_t kPageSize = 4096;
// Pages that are given back to the file system: not those that the next minute wants again.
constexpr std::int64_t kFreePages = 4096;

// At most about so many are read again when another connection has changed the database.
constexpr std::size_t kFreshRows = 256;

/// How long a statement waits for another connection's transaction, which is short.
constexpr int kBusyMs = 50;

}  // namespace

struct Store::Parts {
  Parts(std::unique_ptr<Database> opened, std::unique_ptr<Programs> of_programs,
        std::unique_ptr<Fresh> of_fresh, std::unique_ptr<Rows> of_rows)
      : database(std::move(opened)),
        programs(std::move(of_programs)),
        fresh(std::move(of_fresh)),
        rows(std::move(of_rows)),
        queue(*rows, *fresh, *programs),
        choice(*rows, *programs) {}

  std::unique_ptr<Database> database;
  std::unique_ptr<Programs> programs;
  std::unique_ptr<Fresh> fresh;
  std::unique_ptr<Rows> rows;
  Queue queue;
  Choice choice;
  Statement begin;
  Statement commit;
  Statement rollback;
  Statement free_pages;
  Statement pages;
  Sync sync = Sync::at_commit;
  int log_pages = kLogPages;  ///< the log is brought to the database then
  bool sound = true;

  [[nodiscard]] Result<void> prepare();

  /// @p result; a failure may have left something half done.
  template <typename Value>
  [[nodiscard]] Result<Value> whole(Result<Value> result) {
    sound = sound && result.has_value();
    return result;
  }
  /// Absent: there is none, or @p id is no id.
  [[nodiscard]] Result<std::optional<Row>> find(std::string_view id) {
    if (const Result<void> sorted = sort_in(); !sorted) {
      return tl::unexpected(sorted.error());
    }
    const std::optional<IdBytes> bytes = id_bytes(id);
    return bytes ? whole(rows->find(*bytes)) : std::optional<Row>();
  }
  [[nodiscard]] Result<void> sort_in() { return whole(fresh->sort_in()); }
  /// What @p change gives, with all in the indices.
  template <typename Change>
  [[nodiscard]] auto sorted(Change change) -> decltype(change()) {
    if (Result<void> sorted = sort_in(); !sorted) {
      return tl::unexpected(sorted.error());
    }
    return whole(change());
  }
};

Store::Store(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Store::~Store() = default;

Result<void> Store::Parts::prepare() {
  const Result<void> prepared = database->prepare_all({
      {&begin, "BEGIN IMMEDIATE"},
      {&commit, "COMMIT"},
      {&rollback, "ROLLBACK"},
      {&free_pages, "PRAGMA freelist_count"},
      {&pages, "PRAGMA page_count"},
  });
  if (!prepared) {
    return tl::unexpected(prepared.error());
  }
  return database->execute("PRAGMA synchronous=FULL; PRAGMA busy_timeout=" +
                           std::to_string(kBusyMs));
}

Result<std::unique_ptr<Store>> Store::open(const std::string& directory) {
  Result<std::unique_ptr<Database>> database = open_database(directory);
  if (!database) {
    return tl::unexpected(database.error());
  }
  Result<std::unique_ptr<Programs>> programs = Programs::open(**database);
  if (!programs) {
    return tl::unexpected(programs.error());
  }
  Result<std::unique_ptr<Fresh>> fresh = Fresh::open(**database, **programs);
  if (!fresh) {
    return tl::unexpected(fresh.error());
  }
  Result<std::unique_ptr<Rows>> rows = Rows::open(**database);
  if (!rows) {
    return tl::unexpected(rows.error());
  }
  auto parts = std::make_unique<Parts>(std::move(*database), std::move(*programs),
                                       std::move(*fresh), std::move(*rows));
  if (const Result<void> prepared = parts->prepare(); !prepared) {
    return tl::unexpected(prepared.error());
  }
  return std::unique_ptr<Store>(new Store(std::move(parts)));
}

Result<bool> Store::begin(Sync sync) {
  Parts& parts = *parts_;
  if (sync != parts.sync) {
    const Result<void> set = parts.database->execute(
        sync == Sync::at_commit ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL");
    if (!set) {
      return tl::unexpected(set.error());
    }
    parts.sync = sync;
  }
  if (const Result<void> begun = parts.begin.run(); !begun) {
    if (begun.error().system_errno == EBUSY) {
      return false;
    }
    return tl::unexpected(begun.error());
  }
  parts.sound = true;
  if (const Result<void> read = parts.fresh->refresh(); !read) {
    roll_back();
    return tl::unexpected(read.error());
  }
  return true;
}

Result<void> Store::commit() {
  Result<void> saved = parts_->programs->save();
  if (saved) {
    saved = parts_->commit.run();
  }
  if (!saved) {
    roll_back();
  }
  return saved;
}

void Store::roll_back() {
  parts_->programs->forget();
  // A failure of the file or of memory has ended it already. What ROLLBACK itself can say is said
  // again by the next BEGIN.
  if (parts_->database->in_transaction()) {
    static_cast<void>(parts_->rollback.run());
  }
  parts_->sound = true;
}

bool Store::sound() const {
  return parts_->sound;
}

Result<bool> Store::insert(const Notification& notification, const Content& content, bool take) {
  const Result<std::optional<Place>> place =
      parts_->whole(parts_->queue.insert(notification, content, take));
  if (!place) {
    return tl::unexpected(place.error());
  }
  if (!*place) {
    return failure("a call with the id " + notification.id + " is in " + path() + " already");
  }
  return *place == Place::taken;
}

Result<void> Store::attempted(const Attempted& what, bool dispatches) {
  Result<std::optional<Row>> row = parts_->find(what.id);
  if (!row) {
    return tl::unexpected(row.error());
  }
  if (!*row || is_over((*row)->place) || (!dispatches && what.state != State::done)) {
    return {};
  }
  return parts_->whole(parts_->queue.attempted(**row, what));
}

Result<void> Store::give_back(std::string_view id) {
  Result<std::optional<Row>> row = parts_->find(id);
  if (!row) {
    return tl::unexpected(row.error());
  }
  if (!*row || (*row)->place != Place::taken) {
    return {};
  }
  return parts_->whole(parts_->queue.give_back(**row));
}

Result<void> Store::give_back_all() {
  return parts_->sorted([this] { return parts_->queue.give_back_all(); });
}

Result<Taken> Store::take(std::string_view program, std::size_t most, std::size_t most_bytes,
                          WallTime now) {
  const std::int64_t key = parts_->programs->find(program);
  if (key < 0) {
    return Taken();
  }
  return parts_->sorted([&] { return parts_->queue.take(key, most, most_bytes, now); });
}

Result<void> Store::retry(Step& step, WallTime now) {
  Queue& queue = parts_->queue;
  return parts_->sorted([&] {
    return parts_->choice.walk(step, [&queue, now](Row& row) { return queue.retry(row, now); });
  });
}

Result<void> Store::drop(Step& step) {
  Queue& queue = parts_->queue;
  return parts_->sorted(
      [&] { return parts_->choice.walk(step, [&queue](Row& row) { return queue.drop(row); }); });
}

Result<bool> Store::purge(std::string_view program, WallTime done_before, WallTime dead_before) {
  const std::int64_t key = parts_->programs->find(program);
  if (key < 0) {
    return false;
  }
  Result<bool> done =
      parts_->sorted([&] { return parts_->queue.purge(key, Place::done, done_before); });
  if (!done || *done) {
    return done;
  }
  return parts_->whole(parts_->queue.purge(key, Place::dead, dead_before));
}

Result<Listed> Store::list(const Selection& which) {
  if (const Result<void> sorted = parts_->sort_in(); !sorted) {
    return tl::unexpected(sorted.error());
  }
  return parts_->choice.list(which);
}

Result<void> Store::sort_in() {
  return parts_->sort_in();
}

bool Store::wants_sorting() const {
  return parts_->fresh->size() >= kFreshRows;
}

Result<void> Store::sync() {
  return parts_->database->sync_log();
}

void Store::set_log_limit(std::size_t bytes) {
  parts_->log_pages = std::clamp(
      static_cast<int>(std::min(bytes / kPageSize, std::size_t{kLogPages})), 1, kLogPages);
}

bool Store::log_is_long() const {
  return parts_->database->log_pages() >= parts_->log_pages;
}

Result<bool> Store::tidy(bool thorough) {
  Database& database = *parts_->database;
  if (log_is_long() || thorough) {
    if (const Result<void> done = database.checkpoint(); !done) {
      return tl::unexpected(done.error());
    }
  }
  const Result<std::optional<std::int64_t>> free = parts_->free_pages.number();
  const Result<std::optional<std::int64_t>> all = parts_->pages.number();
  if (!free || !all) {
    return tl::unexpected(free ? all.error() : free.error());
  }
  const std::int64_t unused = free->value_or(0);
  if (unused == 0 || (!thorough && (unused < kFreePages || unused < all->value_or(0) / 4))) {
    return false;
  }
  if (const Result<void> given = database.execute("PRAGMA incremental_vacuum(128)"); !given) {
    if (given.error().system_errno == EBUSY) {
      return false;
    }
    return tl::unexpected(given.error());
  }
  return true;
}

std::map<std::string, Counts, std::less<>> Store::counts() const {
  return parts_->programs->counts();
}

const std::string& Store::path() const {
  return parts_->database->path();
}

Error Store::full() const {
  return parts_->database->error("write", SQLITE_FULL);
}

Error Store::locked() const {
  return parts_->database->error("write", SQLITE_BUSY);
}

}  // namespace kamexec::stored

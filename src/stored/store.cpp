// SPDX-License-Identifier: GPL-2.0-or-later
// An order's rows that aren't over: one is ready or taken, the others are blocked. The ready one is
// the first of them; one that was taken need not be, because a dead one that is retried comes
// before it.
#include "stored/store.h"

#include <sqlite3.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "stored/database.h"
#include "stored/open_database.h"
#include "stored/programs.h"
#include "stored/rows.h"

namespace kamexec::stored {
namespace {

// A transaction holds up the inserts that come meanwhile: none takes longer than some milliseconds.
constexpr std::size_t kStepRows = 200;
constexpr std::size_t kTakenAtOnce = 250;
constexpr std::size_t kTakenBytes = std::size_t{4} << 20;

constexpr std::size_t kListedRows = 500;
constexpr std::size_t kListedBytes = std::size_t{8} << 20;

// Of the log: what a commit writes again and again is brought to the database once.
constexpr int kLogPages = 4096;
// Pages that are given back to the file system: not those that the next minute wants again.
constexpr std::int64_t kFreePages = 4096;

/// How long a statement waits for another connection's transaction, which is short.
constexpr int kBusyMs = 50;

std::int64_t milliseconds(WallTime time) {
  return time.time_since_epoch().count();
}

bool wanted(Place place, const std::optional<State>& state) {
  if (!state) {
    return true;
  }
  switch (*state) {
    case State::waiting:
    case State::running:
      return place == Place::ready || place == Place::blocked || place == Place::taken;
    case State::done:
      return place == Place::done;
    case State::dead:
      return place == Place::dead;
  }
  return false;
}

bool is_over(Place place) {
  return place == Place::done || place == Place::dead;
}

}  // namespace

struct Store::Parts {
  std::unique_ptr<Database> database;
  std::unique_ptr<Programs> programs;
  std::unique_ptr<Rows> rows;
  Statement begin;
  Statement commit;
  Statement rollback;
  Statement free_pages;
  Statement pages;
  Sync sync = Sync::at_commit;
  bool sound = true;

  /// @p result; a failure may have left something half done.
  template <typename Value>
  [[nodiscard]] Result<Value> whole(Result<Value> result) {
    sound = sound && result.has_value();
    return result;
  }

  [[nodiscard]] Result<void> prepare();
  [[nodiscard]] Result<void> move(Row& row, Place to, std::optional<std::int64_t> at);
  [[nodiscard]] Result<void> make_ready(Row& row, std::int64_t at);
  [[nodiscard]] Result<void> release_next(const Row& row);
  [[nodiscard]] Result<void> finish(Row& row, Place to, WallTime at);
  [[nodiscard]] Result<void> remove(const Row& row);

  [[nodiscard]] Result<bool> insert(const Notification& notification, bool take);
  [[nodiscard]] Result<void> attempted(Row& row, const Attempted& what);
  [[nodiscard]] Result<void> give_back_all();
  [[nodiscard]] Result<Taken> take(std::int64_t program, std::size_t most, std::size_t most_bytes,
                                   WallTime now);
  [[nodiscard]] Result<bool> take_one(std::int64_t number, std::size_t room, WallTime now,
                                      Taken& taken, std::size_t& bytes);
  [[nodiscard]] Result<bool> retry(Row& row, WallTime now);
  [[nodiscard]] Result<bool> drop(Row& row);
  [[nodiscard]] Result<bool> purge(std::int64_t program, Place place, WallTime before);

  [[nodiscard]] Result<std::vector<std::int64_t>> select(const Selection& which, std::size_t most);
  [[nodiscard]] Result<std::optional<Row>> select_id(const Selection& which, std::size_t id);
  template <typename Change>
  [[nodiscard]] Result<void> walk(Step& step, Change change);
  [[nodiscard]] Result<bool> add_listed(std::int64_t number, const Selection& which, Listed& listed,
                                        std::size_t& bytes);
  [[nodiscard]] Result<Listed> list(const Selection& which);
};

Store::Store(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Store::~Store() = default;

Result<void> Store::Parts::prepare() {
  const std::pair<Statement*, std::string_view> statements[] = {
      {&begin, "BEGIN IMMEDIATE"},   {&commit, "COMMIT"},
      {&rollback, "ROLLBACK"},       {&free_pages, "PRAGMA freelist_count"},
      {&pages, "PRAGMA page_count"},
  };
  for (const auto& [statement, sql] : statements) {
    Result<Statement> prepared = database->prepare(sql);
    if (!prepared) {
      return tl::unexpected(prepared.error());
    }
    *statement = std::move(*prepared);
  }
  return database->execute("PRAGMA synchronous=FULL; PRAGMA busy_timeout=" +
                           std::to_string(kBusyMs));
}

Result<std::unique_ptr<Store>> Store::open(const std::string& directory) {
  Result<std::unique_ptr<Database>> database = open_database(directory);
  if (!database) {
    return tl::unexpected(database.error());
  }
  auto parts = std::make_unique<Parts>();
  parts->database = std::move(*database);
  Result<std::unique_ptr<Programs>> programs = Programs::open(*parts->database);
  if (!programs) {
    return tl::unexpected(programs.error());
  }
  parts->programs = std::move(*programs);
  Result<std::unique_ptr<Rows>> rows = Rows::open(*parts->database);
  if (!rows) {
    return tl::unexpected(rows.error());
  }
  parts->rows = std::move(*rows);
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
  if (const Result<void> read = parts.programs->refresh(); !read) {
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

Result<void> Store::Parts::move(Row& row, Place to, std::optional<std::int64_t> at) {
  if (Result<void> moved = rows->place(row.number, to, at); !moved) {
    return moved;
  }
  programs->count(row.program, row.place, -1);
  programs->count(row.program, to, 1);
  row.place = to;
  row.at = at;
  return {};
}

/// @p row was taken, or is over: it waits again, for its time or for its turn.
Result<void> Store::Parts::make_ready(Row& row, std::int64_t at) {
  if (!row.order) {
    return move(row, Place::ready, at);
  }
  Result<std::optional<Row>> first = rows->first_of(row.program, *row.order);
  if (!first) {
    return tl::unexpected(first.error());
  }
  if (!*first || (*first)->number == row.number) {
    return move(row, Place::ready, at);
  }
  Row& other = **first;
  const bool was_over = is_over(row.place);
  if (other.number < row.number) {
    // Of one that was taken: a retried one has come before it meanwhile. Else its turn comes.
    if (!was_over && other.place == Place::blocked) {
      if (Result<void> moved = move(other, Place::ready, other.stored_at); !moved) {
        return moved;
      }
    }
    return move(row, Place::blocked, std::nullopt);
  }
  // It comes before those that wait. One that was taken is the one that runs.
  if (other.place != Place::ready) {
    return was_over ? move(row, Place::blocked, std::nullopt) : move(row, Place::ready, at);
  }
  if (Result<void> moved = move(other, Place::blocked, std::nullopt); !moved) {
    return moved;
  }
  return move(row, Place::ready, at);
}

/// @p row was ready or taken, and no longer is.
Result<void> Store::Parts::release_next(const Row& row) {
  if (!row.order) {
    return {};
  }
  Result<std::optional<Row>> first = rows->first_of(row.program, *row.order);
  if (!first) {
    return tl::unexpected(first.error());
  }
  if (!*first || (*first)->place != Place::blocked) {
    return {};
  }
  return move(**first, Place::ready, (*first)->stored_at);
}

Result<void> Store::Parts::finish(Row& row, Place to, WallTime at) {
  const bool was_first = row.place == Place::ready || row.place == Place::taken;
  if (Result<void> moved = move(row, to, milliseconds(at)); !moved) {
    return moved;
  }
  return was_first ? release_next(row) : Result<void>();
}

Result<void> Store::Parts::remove(const Row& row) {
  if (Result<void> removed = rows->remove(row.number); !removed) {
    return removed;
  }
  programs->count(row.program, row.place, -1);
  return row.place == Place::ready || row.place == Place::taken ? release_next(row)
                                                                : Result<void>();
}

Result<bool> Store::insert(const Notification& notification, bool take) {
  return parts_->insert(notification, take);
}

Result<bool> Store::Parts::insert(const Notification& notification, bool take) {
  const Result<Content> content = encode(notification);
  if (!content) {
    return tl::unexpected(content.error());
  }
  const Result<std::int64_t> program = whole(programs->key_of(notification.program));
  if (!program) {
    return tl::unexpected(program.error());
  }
  Place place = take ? Place::taken : Place::ready;
  if (notification.order) {
    const Result<std::optional<Row>> before = whole(rows->first_of(*program, *notification.order));
    if (!before) {
      return tl::unexpected(before.error());
    }
    place = *before ? Place::blocked : place;
  }
  const Result<bool> inserted = whole(rows->insert(notification, *content, *program, place));
  if (!inserted) {
    return tl::unexpected(inserted.error());
  }
  if (!*inserted) {
    return failure("a call with the id " + notification.id + " is in " + database->path() +
                   " already");
  }
  programs->count(*program, place, 1);
  return place == Place::taken;
}

Result<void> Store::attempted(const Attempted& what, bool dispatches) {
  const std::optional<IdBytes> id = id_bytes(what.id);
  if (!id) {
    return failure("no notification has the id '" + what.id + "'");
  }
  Result<std::optional<Row>> row = parts_->rows->find(*id);
  if (!row) {
    return parts_->whole(Result<void>(tl::unexpected(row.error())));
  }
  if (!*row || is_over((*row)->place) || (!dispatches && what.state != State::done)) {
    return {};
  }
  return parts_->whole(parts_->attempted(**row, what));
}

Result<void> Store::Parts::attempted(Row& row, const Attempted& what) {
  if (Result<void> written = rows->record(row.number, what.attempts, what.last); !written) {
    return written;
  }
  switch (what.state) {
    case State::done:
      return finish(row, Place::done, what.last.at);
    case State::dead:
      return finish(row, Place::dead, what.last.at);
    default:
      break;
  }
  // One that waits in an order doesn't get out of it by this.
  return row.place == Place::blocked ? Result<void>() : make_ready(row, milliseconds(what.due));
}

Result<void> Store::give_back(std::string_view id) {
  const std::optional<IdBytes> bytes = id_bytes(id);
  if (!bytes) {
    return {};
  }
  Result<std::optional<Row>> row = parts_->rows->find(*bytes);
  if (!row) {
    return parts_->whole(Result<void>(tl::unexpected(row.error())));
  }
  if (!*row || (*row)->place != Place::taken) {
    return {};
  }
  return parts_->whole(parts_->make_ready(**row, (*row)->stored_at));
}

Result<void> Store::give_back_all() {
  return parts_->whole(parts_->give_back_all());
}

Result<void> Store::Parts::give_back_all() {
  for (const auto& [name, key] : programs->keys()) {
    std::int64_t after = 0;
    for (;;) {
      const Result<std::vector<std::int64_t>> numbers =
          rows->at(key, Place::taken, after, kStepRows);
      if (!numbers) {
        return tl::unexpected(numbers.error());
      }
      for (const std::int64_t number : *numbers) {
        after = number;
        Result<std::optional<Row>> row = rows->find(number);
        if (!row) {
          return tl::unexpected(row.error());
        }
        if (*row) {
          if (Result<void> moved = make_ready(**row, (*row)->stored_at); !moved) {
            return moved;
          }
        }
      }
      if (numbers->size() < kStepRows) {
        break;
      }
    }
  }
  return {};
}

Result<Taken> Store::take(std::string_view program, std::size_t most, std::size_t most_bytes,
                          WallTime now) {
  const std::int64_t key = parts_->programs->find(program);
  if (key < 0) {
    return Taken();
  }
  return parts_->whole(parts_->take(key, most, most_bytes, now));
}

Result<Taken> Store::Parts::take(std::int64_t program, std::size_t most, std::size_t most_bytes,
                                 WallTime now) {
  Taken taken;
  const Result<std::vector<std::int64_t>> numbers =
      rows->due(program, milliseconds(now), std::min(most, kTakenAtOnce));
  if (!numbers) {
    return tl::unexpected(numbers.error());
  }
  std::size_t bytes = 0;
  for (const std::int64_t number : *numbers) {
    const Result<bool> one = take_one(number, std::min(most_bytes, kTakenBytes), now, taken, bytes);
    if (!one) {
      return tl::unexpected(one.error());
    }
    if (!*one) {
      break;
    }
  }
  const Result<std::optional<std::int64_t>> next = rows->next_due(program);
  if (!next) {
    return tl::unexpected(next.error());
  }
  if (*next && **next <= milliseconds(now)) {
    taken.more = true;
  } else if (*next) {
    taken.due = WallTime(std::chrono::milliseconds(**next));
  }
  return taken;
}

/// False: it isn't taken, there is no room for it.
Result<bool> Store::Parts::take_one(std::int64_t number, std::size_t room, WallTime now,
                                    Taken& taken, std::size_t& bytes) {
  Result<std::optional<Row>> row = rows->find(number);
  if (!row) {
    return tl::unexpected(row.error());
  }
  if (!*row || (*row)->place != Place::ready) {
    return true;  // the index says otherwise: what is damaged is left alone
  }
  Result<std::optional<StoredNotification>> stored =
      rows->read(number, true, programs->name_of((*row)->program));
  if (!stored) {
    return tl::unexpected(stored.error());
  }
  if (!*stored || (*stored)->damage) {
    LastAttempt last;
    last.outcome = "refused";
    last.detail = "it is damaged on disk: " +
                  (*stored ? *(*stored)->damage : std::string("its values are not there"));
    last.at = now;
    const std::uint32_t attempts = *stored ? (*stored)->notification.attempts : 0;
    Result<void> dead = rows->record(number, attempts, last);
    if (dead) {
      dead = finish(**row, Place::dead, now);
    }
    if (!dead) {
      return tl::unexpected(dead.error());
    }
    return true;
  }
  bytes += (*stored)->notification.size();
  if (bytes > room && !taken.notifications.empty()) {
    return false;
  }
  if (const Result<void> moved = move(**row, Place::taken, std::nullopt); !moved) {
    return tl::unexpected(moved.error());
  }
  taken.notifications.push_back(std::move((*stored)->notification));
  return true;
}

/// Numbers of those that are wanted, by ids or not, ascending, above which.after.
Result<std::vector<std::int64_t>> Store::Parts::select(const Selection& which, std::size_t most) {
  if (!which.program && !which.state) {
    return rows->all(which.after, most);
  }
  std::vector<std::int64_t> numbers;
  for (const auto& [name, key] : programs->keys()) {
    if (which.program && name != *which.program) {
      continue;
    }
    for (int place = 0; place < kPlaces; ++place) {
      if (!wanted(static_cast<Place>(place), which.state)) {
        continue;
      }
      const Result<std::vector<std::int64_t>> some =
          rows->at(key, static_cast<Place>(place), which.after, most);
      if (!some) {
        return some;
      }
      numbers.insert(numbers.end(), some->begin(), some->end());
    }
  }
  std::sort(numbers.begin(), numbers.end());
  numbers.resize(std::min(numbers.size(), most));
  return numbers;
}

/// The row of which.ids[id], where it is wanted otherwise, too.
Result<std::optional<Row>> Store::Parts::select_id(const Selection& which, std::size_t id) {
  const std::optional<IdBytes> bytes = id_bytes(which.ids[id]);
  if (!bytes) {
    return std::optional<Row>();
  }
  Result<std::optional<Row>> row = rows->find(*bytes);
  if (!row || !*row) {
    return row;
  }
  const std::string* const name = programs->name_of((*row)->program);
  if ((which.program && (name == nullptr || *name != *which.program)) ||
      !wanted((*row)->place, which.state) || (*row)->number <= which.after) {
    return std::optional<Row>();
  }
  return row;
}

/// Calls @p change, which says whether it has changed something, for the next rows of @p step.
template <typename Change>
Result<void> Store::Parts::walk(Step& step, Change change) {
  if (step.last == 0) {
    const Result<std::int64_t> highest = rows->highest();
    if (!highest) {
      return tl::unexpected(highest.error());
    }
    step.last = std::max<std::int64_t>(*highest, 1);
  }
  std::vector<Row> found;
  if (!step.which.ids.empty()) {
    for (; step.id < step.which.ids.size() && found.size() < kStepRows; ++step.id) {
      Result<std::optional<Row>> row = select_id(step.which, step.id);
      if (!row) {
        return tl::unexpected(row.error());
      }
      if (*row) {
        found.push_back(std::move(**row));
      }
    }
    step.over = step.id == step.which.ids.size();
  } else {
    const Result<std::vector<std::int64_t>> numbers = select(step.which, kStepRows);
    if (!numbers) {
      return tl::unexpected(numbers.error());
    }
    step.over = numbers->size() < kStepRows;
    for (const std::int64_t number : *numbers) {
      if (number > step.last) {
        step.over = true;
        break;
      }
      step.which.after = number;
      Result<std::optional<Row>> row = rows->find(number);
      if (!row) {
        return tl::unexpected(row.error());
      }
      if (*row) {
        found.push_back(std::move(**row));
      }
    }
  }
  for (const Row& one : found) {
    if (step.which.most && step.changed >= *step.which.most) {
      step.over = true;
      break;
    }
    // Read again: a change of one may have been a change of another of its order.
    Result<std::optional<Row>> row = rows->find(one.number);
    if (!row) {
      return tl::unexpected(row.error());
    }
    if (!*row) {
      continue;
    }
    const Result<bool> changed = change(**row);
    if (!changed) {
      return tl::unexpected(changed.error());
    }
    step.changed += *changed ? std::size_t{1} : 0;
  }
  return {};
}

Result<void> Store::retry(Step& step, WallTime now) {
  return parts_->whole(
      parts_->walk(step, [this, now](Row& row) { return parts_->retry(row, now); }));
}

Result<bool> Store::Parts::retry(Row& row, WallTime now) {
  if (row.place == Place::dead) {
    Result<void> made = rows->forget_attempts(row.number);
    if (made) {
      made = make_ready(row, row.stored_at);
    }
    if (!made) {
      return tl::unexpected(made.error());
    }
    return true;
  }
  if (row.place == Place::ready && row.at.value_or(0) > milliseconds(now)) {
    if (const Result<void> moved = move(row, Place::ready, row.stored_at); !moved) {
      return tl::unexpected(moved.error());
    }
    return true;
  }
  return false;
}

Result<void> Store::drop(Step& step) {
  return parts_->whole(parts_->walk(step, [this](Row& row) { return parts_->drop(row); }));
}

Result<bool> Store::Parts::drop(Row& row) {
  if (row.place == Place::taken) {
    return false;
  }
  if (const Result<void> removed = remove(row); !removed) {
    return tl::unexpected(removed.error());
  }
  return true;
}

Result<bool> Store::purge(std::string_view program, WallTime done_before, WallTime dead_before) {
  const std::int64_t key = parts_->programs->find(program);
  if (key < 0) {
    return false;
  }
  const Result<bool> done = parts_->whole(parts_->purge(key, Place::done, done_before));
  if (!done || *done) {
    return done;
  }
  return parts_->whole(parts_->purge(key, Place::dead, dead_before));
}

Result<bool> Store::Parts::purge(std::int64_t program, Place place, WallTime before) {
  const Result<std::vector<std::int64_t>> numbers =
      rows->before(program, place, milliseconds(before), kStepRows);
  if (!numbers) {
    return tl::unexpected(numbers.error());
  }
  for (const std::int64_t number : *numbers) {
    if (const Result<void> removed = rows->remove(number); !removed) {
      return tl::unexpected(removed.error());
    }
    programs->count(program, place, -1);
  }
  return numbers->size() == kStepRows;
}

Result<Listed> Store::list(const Selection& which) {
  if (const Result<void> read = parts_->programs->refresh(); !read) {
    return tl::unexpected(read.error());
  }
  return parts_->list(which);
}

/// False: there is no room for it.
Result<bool> Store::Parts::add_listed(std::int64_t number, const Selection& which, Listed& listed,
                                      std::size_t& bytes) {
  const Result<std::optional<Row>> row = rows->find(number);
  // One whose state can't be read is shown, as damaged.
  const std::string* const name = row && *row ? programs->name_of((*row)->program) : nullptr;
  Result<std::optional<StoredNotification>> stored = rows->read(number, which.whole, name);
  if (!stored) {
    return tl::unexpected(stored.error());
  }
  if (!*stored) {
    return true;
  }
  bytes += (*stored)->notification.size();
  if (bytes > kListedBytes && !listed.notifications.empty()) {
    return false;
  }
  listed.notifications.push_back(std::move(**stored));
  return true;
}

Result<Listed> Store::Parts::list(const Selection& which) {
  Listed listed;
  const std::size_t most = which.most.value_or(kListedRows);
  std::vector<std::int64_t> numbers;
  if (!which.ids.empty()) {
    for (std::size_t id = 0; id < which.ids.size(); ++id) {
      const Result<std::optional<Row>> row = select_id(which, id);
      if (!row) {
        return tl::unexpected(row.error());
      }
      if (*row) {
        numbers.push_back((*row)->number);
      }
    }
    std::sort(numbers.begin(), numbers.end());
    numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
  } else {
    Result<std::vector<std::int64_t>> some = select(which, std::min(most, kListedRows) + 1);
    if (!some) {
      return tl::unexpected(some.error());
    }
    numbers = std::move(*some);
  }
  std::size_t bytes = 0;
  for (const std::int64_t number : numbers) {
    if (listed.notifications.size() == std::min(most, kListedRows)) {
      listed.more = true;
      break;
    }
    const Result<bool> added = add_listed(number, which, listed, bytes);
    if (!added) {
      return tl::unexpected(added.error());
    }
    if (!*added) {
      listed.more = true;
      break;
    }
  }
  return listed;
}

Result<void> Store::sync() {
  return parts_->database->sync_log();
}

Result<bool> Store::tidy() {
  Database& database = *parts_->database;
  if (database.log_pages() >= kLogPages) {
    if (const Result<void> done = database.checkpoint(); !done) {
      return tl::unexpected(done.error());
    }
  }
  const Result<std::optional<std::int64_t>> free = parts_->free_pages.number();
  const Result<std::optional<std::int64_t>> all = parts_->pages.number();
  if (!free || !all) {
    return tl::unexpected(free ? all.error() : free.error());
  }
  if (free->value_or(0) < kFreePages || free->value_or(0) < all->value_or(0) / 4) {
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

Error Store::locked() const {
  return parts_->database->error("write", SQLITE_BUSY);
}

}  // namespace kamexec::stored

// SPDX-License-Identifier: GPL-2.0-or-later
#include "stored/queue.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace kamexec::stored {
namespace {

// A transaction holds up the inserts that come meanwhile: none takes longer than some milliseconds.
constexpr std::size_t kStepRows = 200;
constexpr std::size_t kTakenAtOnce = 250;
constexpr std::size_t kTakenBytes = std::size_t{4} << 20;

std::int64_t milliseconds(WallTime time) {
  return time.time_since_epoch().count();
}

}  // namespace

Result<void> Queue::move(Row& row, Place to, std::optional<std::int64_t> at) {
  if (Result<void> moved = rows_.place(row.number, to, at); !moved) {
    return moved;
  }
  programs_.count(row.program, row.place, -1);
  programs_.count(row.program, to, 1);
  row.place = to;
  row.at = at;
  return {};
}

/// @p row was taken, or is over: it waits again, for its time or for its turn.
Result<void> Queue::make_ready(Row& row, std::int64_t at) {
  if (!row.order) {
    return move(row, Place::ready, at);
  }
  Result<std::optional<Row>> first = rows_.first_of(row.program, *row.order);
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
Result<void> Queue::release_next(const Row& row) {
  if (!row.order) {
    return {};
  }
  Result<std::optional<Row>> first = rows_.first_of(row.program, *row.order);
  if (!first) {
    return tl::unexpected(first.error());
  }
  if (!*first || (*first)->place != Place::blocked) {
    return {};
  }
  return move(**first, Place::ready, (*first)->stored_at);
}

Result<void> Queue::finish(Row& row, Place to, WallTime at) {
  const bool was_first = row.place == Place::ready || row.place == Place::taken;
  if (Result<void> moved = move(row, to, milliseconds(at)); !moved) {
    return moved;
  }
  return was_first ? release_next(row) : Result<void>();
}

Result<void> Queue::remove(const Row& row) {
  if (Result<void> removed = rows_.remove(row.number); !removed) {
    return removed;
  }
  programs_.count(row.program, row.place, -1);
  return row.place == Place::ready || row.place == Place::taken ? release_next(row)
                                                                : Result<void>();
}

/// One whose place depends on others, or that isn't as a fresh one is.
Result<Place> Queue::insert_sorted(const Notification& notification, const Content& content,
                                   std::int64_t program, Place place) {
  if (const Result<void> sorted = fresh_.sort_in(); !sorted) {
    return tl::unexpected(sorted.error());
  }
  if (notification.order) {
    const Result<std::optional<Row>> before = rows_.first_of(program, *notification.order);
    if (!before) {
      return tl::unexpected(before.error());
    }
    place = *before ? Place::blocked : place;
  }
  const std::int64_t number = programs_.next_number();
  Result<void> inserted = fresh_.write(number, notification, content, program, place);
  if (inserted) {
    inserted = rows_.insert(number, notification, program, place);
  }
  if (!inserted) {
    return tl::unexpected(inserted.error());
  }
  programs_.count_new(program, place, number);
  return place;
}

Result<std::optional<Place>> Queue::insert(const Notification& notification, const Content& content,
                                           bool take) {
  const Result<bool> has = fresh_.has(id_in(content));
  if (!has) {
    return tl::unexpected(has.error());
  }
  if (*has) {
    return std::optional<Place>();
  }
  const Result<std::int64_t> program = programs_.key_of(notification.program);
  if (!program) {
    return tl::unexpected(program.error());
  }
  const Place place = take ? Place::taken : Place::ready;
  if (notification.order || notification.attempts > 0) {
    const Result<Place> inserted = insert_sorted(notification, content, *program, place);
    if (!inserted) {
      return tl::unexpected(inserted.error());
    }
    return std::optional(*inserted);
  }
  if (const Result<void> added = fresh_.add(notification, content, *program, place); !added) {
    return tl::unexpected(added.error());
  }
  return std::optional(place);
}

Result<void> Queue::attempted(Row& row, const Attempted& what) {
  if (Result<void> written = rows_.record(row.number, what.attempts, what.last); !written) {
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

Result<void> Queue::give_back_all() {
  for (const auto& [name, key] : programs_.keys()) {
    std::int64_t after = 0;
    for (;;) {
      const Result<std::vector<std::int64_t>> numbers =
          rows_.at(key, Place::taken, after, kStepRows);
      if (!numbers) {
        return tl::unexpected(numbers.error());
      }
      for (const std::int64_t number : *numbers) {
        after = number;
        Result<std::optional<Row>> row = rows_.find(number);
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

Result<Taken> Queue::take(std::int64_t program, std::size_t most, std::size_t most_bytes,
                          WallTime now) {
  Taken taken;
  const Result<std::vector<std::int64_t>> numbers =
      rows_.due(program, milliseconds(now), std::min(most, kTakenAtOnce));
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
  const Result<std::optional<std::int64_t>> next = rows_.next_due(program);
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

/// What can't be read is for a person.
Result<void> Queue::bury(Row& row, const std::optional<StoredNotification>& stored, WallTime now) {
  LastAttempt last;
  last.outcome = "refused";
  last.detail =
      "it is damaged on disk: " + (stored ? *stored->damage : std::string("it is not there"));
  last.at = now;
  const std::uint32_t attempts = stored ? stored->notification.attempts : 0;
  if (Result<void> written = rows_.record(row.number, attempts, last); !written) {
    return written;
  }
  return finish(row, Place::dead, now);
}

/// False: it isn't taken, there is no room for it.
Result<bool> Queue::take_one(std::int64_t number, std::size_t room, WallTime now, Taken& taken,
                             std::size_t& bytes) {
  Result<std::optional<Row>> row = rows_.find(number);
  if (!row) {
    return tl::unexpected(row.error());
  }
  if (!*row || (*row)->place != Place::ready) {
    return true;  // the index says otherwise: what is damaged is left alone
  }
  Result<std::optional<StoredNotification>> stored =
      rows_.read(number, true, programs_.name_of((*row)->program));
  if (!stored) {
    return tl::unexpected(stored.error());
  }
  if (!*stored || (*stored)->damage) {
    if (const Result<void> dead = bury(**row, *stored, now); !dead) {
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

Result<bool> Queue::retry(Row& row, WallTime now) {
  if (row.place == Place::dead) {
    Result<void> made = rows_.forget_attempts(row.number);
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

Result<bool> Queue::drop(Row& row) {
  if (row.place == Place::taken) {
    return false;
  }
  if (const Result<void> removed = remove(row); !removed) {
    return tl::unexpected(removed.error());
  }
  return true;
}

Result<bool> Queue::purge(std::int64_t program, Place place, WallTime before) {
  const Result<std::vector<std::int64_t>> numbers =
      rows_.before(program, place, milliseconds(before), kStepRows);
  if (!numbers) {
    return tl::unexpected(numbers.error());
  }
  for (const std::int64_t number : *numbers) {
    if (const Result<void> removed = rows_.remove(number); !removed) {
      return tl::unexpected(removed.error());
    }
    programs_.count(program, place, -1);
  }
  return numbers->size() == kStepRows;
}

}  // namespace kamexec::stored

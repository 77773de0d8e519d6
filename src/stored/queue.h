// SPDX-License-Identifier: GPL-2.0-or-later
// The way of a notification from being stored to being over: its place, its turn in its order, and
// what is counted of it. All within a transaction of the caller's; after an error it must be rolled
// back.
//
// An order's rows that aren't over: one is ready or taken, the others are blocked. The ready one is
// the first of them; one that was taken need not be, because a dead one that is retried comes
// before it.
//
// Of what is fresh (fresh.h) insert() alone knows: all others want it sorted in before.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/error.h"
#include "stored/content.h"
#include "stored/fresh.h"
#include "stored/notification.h"
#include "stored/programs.h"
#include "stored/requests.h"
#include "stored/rows.h"

namespace kamexec::stored {

[[nodiscard]] constexpr bool is_over(Place place) {
  return place == Place::done || place == Place::dead;
}

class Queue {
 public:
  Queue(Rows& rows, Fresh& fresh, Programs& programs)
      : rows_(rows), fresh_(fresh), programs_(programs) {}

  /// Where it is; absent: there is one with its id. @p content: of it, by encode(). @p take: it is
  /// taken, unless others of its order are before it.
  [[nodiscard]] Result<std::optional<Place>> insert(const Notification& notification,
                                                    const Content& content, bool take);
  /// Of a row that isn't over.
  [[nodiscard]] Result<void> attempted(Row& row, const Attempted& what);
  /// Of one that was taken.
  [[nodiscard]] Result<void> give_back(Row& row) { return make_ready(row, row.stored_at); }
  [[nodiscard]] Result<void> give_back_all();
  [[nodiscard]] Result<Taken> take(std::int64_t program, std::size_t most, std::size_t most_bytes,
                                   WallTime now);

  // True: it has changed something.

  [[nodiscard]] Result<bool> retry(Row& row, WallTime now);
  [[nodiscard]] Result<bool> drop(Row& row);

  /// Removes those that have come to @p place before @p before; true: there are more.
  [[nodiscard]] Result<bool> purge(std::int64_t program, Place place, WallTime before);

 private:
  [[nodiscard]] Result<void> move(Row& row, Place to, std::optional<std::int64_t> at);
  [[nodiscard]] Result<void> make_ready(Row& row, std::int64_t at);
  [[nodiscard]] Result<void> release_next(const Row& row);
  [[nodiscard]] Result<void> finish(Row& row, Place to, WallTime at);
  [[nodiscard]] Result<void> remove(const Row& row);
  [[nodiscard]] Result<Place> insert_sorted(const Notification& notification,
                                            const Content& content, std::int64_t program,
                                            Place place);
  [[nodiscard]] Result<bool> take_one(std::int64_t number, std::size_t room, WallTime now,
                                      Taken& taken, std::size_t& bytes);
  [[nodiscard]] Result<void> bury(Row& row, const std::optional<StoredNotification>& stored,
                                  WallTime now);

  Rows& rows_;
  Fresh& fresh_;
  Programs& programs_;
};

}  // namespace kamexec::stored

// SPDX-License-Identifier: GPL-2.0-or-later
#include "stored/rows.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "stored/content.h"
#include "stored/database_error.h"

namespace kamexec::stored {
namespace {

constexpr std::size_t kLongestDetail = 4096;

// Each query names its index: what it would cost without is no way out. "at IS NOT NULL" and
// "state < 3" are what the indices are of, and must be said as they say it.
constexpr std::string_view kRowColumns =
    "SELECT number, program, state, at, stored_at, order_value FROM notification ";
constexpr std::string_view kStoredColumns =
    "SELECT n.id, n.program, n.state, n.at, n.stored_at, n.attempts, n.order_value,"
    " n.last_outcome, n.last_status, n.last_detail, n.last_at, c.head";
constexpr std::string_view kStoredTables =
    " FROM notification AS n LEFT JOIN content AS c ON c.number = n.number WHERE n.number = ?";

std::string joined(std::string_view first, std::string_view second) {
  return std::string(first) + std::string(second);
}

std::optional<std::int64_t> optional_integer(const Statement& row, int column) {
  return row.is_null(column) ? std::nullopt : std::optional(row.integer(column));
}

WallTime wall_time(std::int64_t milliseconds) {
  return WallTime(std::chrono::milliseconds(milliseconds));
}

State state_at(Place place) {
  switch (place) {
    case Place::done:
      return State::done;
    case Place::dead:
      return State::dead;
    default:
      return State::waiting;
  }
}

bool is_place(std::int64_t number) {
  return number >= 0 && number < kPlaces;
}

Result<std::optional<Row>> one_row(Statement& statement, const std::string& path) {
  const Result<bool> there = statement.step();
  if (!there) {
    return tl::unexpected(there.error());
  }
  if (!*there) {
    return std::optional<Row>();
  }
  Row row;
  row.number = statement.integer(0);
  row.program = statement.integer(1);
  const std::int64_t place = statement.integer(2);
  row.place = static_cast<Place>(place);
  row.at = optional_integer(statement, 3);
  row.stored_at = statement.integer(4);
  if (!statement.is_null(5)) {
    row.order = statement.bytes(5);
  }
  statement.reset();
  if (!is_place(place)) {
    return tl::unexpected(damaged(path, "the state of number " + std::to_string(row.number)));
  }
  return std::optional<Row>(std::move(row));
}

Result<std::vector<std::int64_t>> numbers_of(Statement& statement) {
  std::vector<std::int64_t> numbers;
  for (;;) {
    const Result<bool> row = statement.step();
    if (!row) {
      return tl::unexpected(row.error());
    }
    if (!*row) {
      return numbers;
    }
    numbers.push_back(statement.integer(0));
  }
}

std::int64_t limit(std::size_t most) {
  constexpr auto kMost = static_cast<std::size_t>(std::numeric_limits<std::int64_t>::max());
  return static_cast<std::int64_t>(std::min(most, kMost));
}

/// What the row's columns say again in the content; empty: the same.
std::string contradiction(const Notification& notification, std::string_view id,
                          std::optional<std::string_view> order, const std::string* program) {
  const std::optional<IdBytes> bytes = id_bytes(notification.id);
  if (!bytes || std::string_view(bytes->data(), bytes->size()) != id) {
    return "it belongs to another id";
  }
  if (program == nullptr || notification.program != *program) {
    return "it belongs to another program";
  }
  if (notification.order.has_value() != order.has_value() ||
      (order && *notification.order != *order)) {
    return "it belongs to another order";
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<Rows>> Rows::open(Database& database) {
  std::unique_ptr<Rows> rows(new Rows());
  rows->database_ = &database;
  const Result<void> prepared = database.prepare_all({
      {&rows->insert_,
       "INSERT INTO notification(id, program, state, at, stored_at, attempts, "
       "order_value, number) VALUES(?, ?, ?, ?, ?, ?, ?, ?)"},
      {&rows->place_, "UPDATE notification SET state = ?, at = ? WHERE number = ?"},
      {&rows->record_,
       "UPDATE notification SET attempts = ?, last_outcome = ?, last_status = ?, last_detail = ?, "
       "last_at = ? WHERE number = ?"},
      {&rows->forget_attempts_, "UPDATE notification SET attempts = 0 WHERE number = ?"},
      {&rows->remove_, "DELETE FROM notification WHERE number = ?"},
      {&rows->remove_content_, "DELETE FROM content WHERE number = ?"},
      {&rows->find_id_, joined(kRowColumns, "INDEXED BY by_id WHERE id = ? LIMIT 1")},
      {&rows->find_number_, joined(kRowColumns, "WHERE number = ?")},
      {&rows->first_of_, joined(kRowColumns,
                                "INDEXED BY by_order WHERE program = ? AND order_value = ? AND "
                                "state < 3 ORDER BY number LIMIT 1")},
      {&rows->read_head_, joined(kStoredColumns, kStoredTables)},
      {&rows->read_whole_, joined(joined(kStoredColumns, ", c.body"), kStoredTables)},
      {&rows->due_,
       "SELECT number FROM notification INDEXED BY by_time WHERE program = ? AND state = 0 AND "
       "at IS NOT NULL AND at <= ? ORDER BY at, number LIMIT ?"},
      {&rows->next_due_,
       "SELECT at FROM notification INDEXED BY by_time WHERE program = ? AND state = 0 AND "
       "at IS NOT NULL ORDER BY at LIMIT 1"},
      {&rows->all_,
       "SELECT number FROM notification NOT INDEXED WHERE number > ? ORDER BY number LIMIT ?"},
      {&rows->at_,
       "SELECT number FROM notification INDEXED BY by_state WHERE program = ? AND state = ? AND "
       "number > ? ORDER BY number LIMIT ?"},
      {&rows->before_,
       "SELECT number FROM notification INDEXED BY by_time WHERE program = ? AND state = ? AND "
       "at IS NOT NULL AND at < ? ORDER BY at LIMIT ?"},
      {&rows->highest_, "SELECT max(number) FROM notification"},
  });
  if (!prepared) {
    return tl::unexpected(prepared.error());
  }
  return rows;
}

Result<void> Rows::insert(std::int64_t number, const Notification& notification,
                          std::int64_t program, Place place) {
  const IdBytes id = id_bytes(notification.id).value_or(IdBytes{});
  const std::int64_t stored_at = notification.stored_at.time_since_epoch().count();
  insert_.bind(0, std::string_view(id.data(), id.size()))
      .bind(1, program)
      .bind(2, static_cast<std::int64_t>(place))
      .bind(4, stored_at)
      .bind(5, std::int64_t{notification.attempts})
      .bind(7, number);
  place == Place::ready ? insert_.bind(3, stored_at) : insert_.bind_null(3);
  notification.order ? insert_.bind(6, std::string_view(*notification.order))
                     : insert_.bind_null(6);
  return insert_.run();
}

Result<void> Rows::place(std::int64_t number, Place place, std::optional<std::int64_t> at) {
  place_.bind(0, static_cast<std::int64_t>(place)).bind(2, number);
  at ? place_.bind(1, *at) : place_.bind_null(1);
  return place_.run();
}

Result<void> Rows::record(std::int64_t number, std::uint32_t attempts, const LastAttempt& last) {
  return record_.bind(0, std::int64_t{attempts})
      .bind(1, std::string_view(last.outcome))
      .bind(2, std::int64_t{last.exit_status})
      .bind(3, std::string_view(last.detail).substr(0, kLongestDetail))
      .bind(4, std::int64_t{last.at.time_since_epoch().count()})
      .bind(5, number)
      .run();
}

Result<void> Rows::forget_attempts(std::int64_t number) {
  return forget_attempts_.bind(0, number).run();
}

Result<void> Rows::remove(std::int64_t number) {
  if (Result<void> removed = remove_.bind(0, number).run(); !removed) {
    return removed;
  }
  return remove_content_.bind(0, number).run();
}

Result<std::optional<Row>> Rows::find(const IdBytes& id) {
  return one_row(find_id_.bind(0, std::string_view(id.data(), id.size())), database_->path());
}

Result<std::optional<Row>> Rows::find(std::int64_t number) {
  return one_row(find_number_.bind(0, number), database_->path());
}

Result<std::optional<Row>> Rows::first_of(std::int64_t program, std::string_view order) {
  return one_row(first_of_.bind(0, program).bind(1, order), database_->path());
}

Result<std::optional<StoredNotification>> Rows::read(std::int64_t number, bool whole,
                                                     const std::string* program) {
  Statement& row = whole ? read_whole_ : read_head_;
  const Result<bool> there = row.bind(0, number).step();
  if (!there) {
    return tl::unexpected(there.error());
  }
  if (!*there) {
    return std::optional<StoredNotification>();
  }
  StoredNotification stored;
  stored.number = number;
  const std::string_view id = row.bytes(0);
  std::string wrong;
  if (const Result<void> head = decode_head(row.bytes(11), stored.notification); !head) {
    wrong = head.error().message;
  } else {
    wrong = contradiction(
        stored.notification, id,
        row.is_null(6) ? std::nullopt : std::optional<std::string_view>(row.bytes(6)), program);
  }
  if (wrong.empty() && whole) {
    if (const Result<void> body = decode_body(row.bytes(12), stored.notification); !body) {
      wrong = body.error().message;
    }
  }
  const std::int64_t place = row.integer(2);
  if (wrong.empty() && !is_place(place)) {
    wrong = "its state is none";
  }
  if (!wrong.empty()) {
    stored.damage = wrong;
    stored.notification = Notification();
    IdBytes bytes{};
    if (id.size() == bytes.size()) {
      std::copy(id.begin(), id.end(), bytes.begin());
      stored.notification.id = id_text(bytes);
    }
    stored.notification.program = program == nullptr ? std::string() : *program;
  }
  if (is_place(place)) {
    stored.state = state_at(static_cast<Place>(place));
    if (static_cast<Place>(place) == Place::ready) {
      stored.due = wall_time(row.integer(3));
    }
  }
  stored.notification.stored_at = wall_time(row.integer(4));
  stored.notification.attempts = static_cast<std::uint32_t>(row.integer(5));
  if (!row.is_null(10)) {
    stored.last = LastAttempt{std::string(row.bytes(7)), static_cast<int>(row.integer(8)),
                              std::string(row.bytes(9)), wall_time(row.integer(10))};
  }
  row.reset();
  return std::optional(std::move(stored));
}

Result<std::vector<std::int64_t>> Rows::due(std::int64_t program, std::int64_t now,
                                            std::size_t most) {
  return numbers_of(due_.bind(0, program).bind(1, now).bind(2, limit(most)));
}

Result<std::optional<std::int64_t>> Rows::next_due(std::int64_t program) {
  return next_due_.bind(0, program).number();
}

Result<std::vector<std::int64_t>> Rows::all(std::int64_t after, std::size_t most) {
  return numbers_of(all_.bind(0, after).bind(1, limit(most)));
}

Result<std::vector<std::int64_t>> Rows::at(std::int64_t program, Place place, std::int64_t after,
                                           std::size_t most) {
  return numbers_of(at_.bind(0, program)
                        .bind(1, static_cast<std::int64_t>(place))
                        .bind(2, after)
                        .bind(3, limit(most)));
}

Result<std::vector<std::int64_t>> Rows::before(std::int64_t program, Place place, std::int64_t time,
                                               std::size_t most) {
  return numbers_of(before_.bind(0, program)
                        .bind(1, static_cast<std::int64_t>(place))
                        .bind(2, time)
                        .bind(3, limit(most)));
}

Result<std::int64_t> Rows::highest() {
  const Result<std::optional<std::int64_t>> number = highest_.number();
  if (!number) {
    return tl::unexpected(number.error());
  }
  return number->value_or(0);
}

}  // namespace kamexec::stored

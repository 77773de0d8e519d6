// SPDX-License-Identifier: GPL-2.0-or-later
// The rows of notifications: found, read, written, removed. Knows nothing of counts and orders.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "stored/database.h"
#include "stored/id.h"
#include "stored/notification.h"
#include "stored/open_database.h"

namespace kamexec::stored {

/// What decides about a row.
struct Row {
  std::int64_t number = 0;
  std::int64_t program = 0;  ///< the key
  Place place = Place::ready;
  std::optional<std::int64_t> at;  ///< milliseconds, as all times of rows
  std::int64_t stored_at = 0;
  std::optional<std::string> order;
};

class Rows {
 public:
  [[nodiscard]] static Result<std::unique_ptr<Rows>> open(Database& database);

  /// The row beside that of its content (Fresh::write()). No row has @p number.
  [[nodiscard]] Result<void> insert(std::int64_t number, const Notification& notification,
                                    std::int64_t program, Place place);
  [[nodiscard]] Result<void> place(std::int64_t number, Place place,
                                   std::optional<std::int64_t> at);
  [[nodiscard]] Result<void> record(std::int64_t number, std::uint32_t attempts,
                                    const LastAttempt& last);
  /// It begins anew.
  [[nodiscard]] Result<void> forget_attempts(std::int64_t number);
  [[nodiscard]] Result<void> remove(std::int64_t number);

  [[nodiscard]] Result<std::optional<Row>> find(const IdBytes& id);
  [[nodiscard]] Result<std::optional<Row>> find(std::int64_t number);
  /// The first of an order that isn't over.
  [[nodiscard]] Result<std::optional<Row>> first_of(std::int64_t program, std::string_view order);

  /// The notification, with what of it can't be read; absent: it isn't there. @p program: the name
  /// that belongs to the row's key; nullptr: none does.
  [[nodiscard]] Result<std::optional<StoredNotification>> read(std::int64_t number, bool whole,
                                                               const std::string* program);

  // Numbers, up to @p most.

  [[nodiscard]] Result<std::vector<std::int64_t>> due(std::int64_t program, std::int64_t now,
                                                      std::size_t most);
  [[nodiscard]] Result<std::optional<std::int64_t>> next_due(std::int64_t program);
  /// In ascending order, above @p after.
  [[nodiscard]] Result<std::vector<std::int64_t>> all(std::int64_t after, std::size_t most);
  [[nodiscard]] Result<std::vector<std::int64_t>> at(std::int64_t program, Place place,
                                                     std::int64_t after, std::size_t most);
  [[nodiscard]] Result<std::vector<std::int64_t>> before(std::int64_t program, Place place,
                                                         std::int64_t time, std::size_t most);
  [[nodiscard]] Result<std::int64_t> highest();

 private:
  Rows() = default;

  Database* database_ = nullptr;
  Statement insert_;
  Statement place_;
  Statement record_;
  Statement forget_attempts_;
  Statement remove_;
  Statement remove_content_;
  Statement find_id_;
  Statement find_number_;
  Statement first_of_;
  Statement read_head_;
  Statement read_whole_;
  Statement due_;
  Statement next_due_;
  Statement all_;
  Statement at_;
  Statement before_;
  Statement highest_;
};

}  // namespace kamexec::stored

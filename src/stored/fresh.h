// SPDX-License-Identifier: GPL-2.0-or-later
// What was stored, and is in no index yet: the rows of `content` above the last one of
// `notification`. A transaction that stores calls writes those rows alone; the first one that wants
// an index, or one of its own when they are many, sorts them in, all at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "stored/content.h"
#include "stored/database.h"
#include "stored/id.h"
#include "stored/notification.h"
#include "stored/programs.h"

namespace kamexec::stored {

class Fresh {
 public:
  /// @p programs must outlive it.
  [[nodiscard]] static Result<std::unique_ptr<Fresh>> open(Database& database, Programs& programs);

  /// Reads them again, where another connection has changed the database since, or a transaction of
  /// this one was rolled back; and what @p programs has of the database, too.
  [[nodiscard]] Result<void> refresh();

  [[nodiscard]] std::size_t size() const { return ids_.size(); }

  // Within a transaction.

  /// Whether there is a row with this id, fresh or not.
  [[nodiscard]] Result<bool> has(std::string_view id);
  /// The row in `content`, which each notification has. @p content: of @p notification, by
  /// encode().
  [[nodiscard]] Result<void> write(std::int64_t number, const Notification& notification,
                                   const Content& content, std::int64_t program, Place place);
  /// One without an attempt, in no order, that is ready or taken: it is fresh then.
  [[nodiscard]] Result<void> add(const Notification& notification, const Content& content,
                                 std::int64_t program, Place place);
  /// None is fresh after it.
  [[nodiscard]] Result<void> sort_in();

 private:
  explicit Fresh(Programs& programs) : programs_(programs) {}
  [[nodiscard]] Result<void> read();
  void raise(const IdBytes& id);

  Programs& programs_;
  Statement read_;
  Statement write_;
  Statement sort_in_;
  Statement find_;
  Statement highest_id_;
  std::vector<IdBytes> ids_;
  IdBytes highest_{};  ///< no id is above it: that of a new one is, as it begins with the time
};

}  // namespace kamexec::stored

// SPDX-License-Identifier: GPL-2.0-or-later
// The programs that the database has notifications of, and how many: kept in memory. The counts of
// those that are sorted in (fresh.h) are written by the transaction that changes them; the others
// are counted when the database is read.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "stored/database.h"
#include "stored/notification.h"
#include "stored/open_database.h"

namespace kamexec::stored {

class Programs {
 public:
  [[nodiscard]] static Result<std::unique_ptr<Programs>> open(Database& database);

  /// Reads them again where another connection has changed the database since, or a transaction of
  /// this one was rolled back. True: it has, without those that are fresh, which are to be counted.
  [[nodiscard]] Result<bool> refresh();
  /// What was told to count() was not committed.
  void forget() { stale_ = true; }

  /// -1: it has none.
  [[nodiscard]] std::int64_t find(std::string_view name) const;
  /// Within a transaction: makes it where it isn't there.
  [[nodiscard]] Result<std::int64_t> key_of(std::string_view name);
  /// nullptr: there is no such program.
  [[nodiscard]] const std::string* name_of(std::int64_t key) const;
  [[nodiscard]] const std::map<std::string, std::int64_t, std::less<>>& keys() const {
    return keys_;
  }

  /// @p change: rows more of @p program at @p place.
  void count(std::int64_t program, Place place, std::int64_t change);
  /// One more at @p place, which is the last of all and not fresh.
  void count_new(std::int64_t program, Place place, std::int64_t number);
  /// One more that waits, which is the last of all, and fresh.
  void count_fresh(std::int64_t program, std::int64_t number, WallTime stored_at);
  /// Those that were fresh no longer are.
  void count_sorted();
  /// None that isn't fresh has a number above it, or ever had.
  [[nodiscard]] std::int64_t last_sorted() const { return last_sorted_; }
  /// Within a transaction: of the next row, above all that there were ever, of any program.
  [[nodiscard]] std::int64_t next_number() const { return last_ + 1; }
  /// Before the end of a transaction: writes what it has counted.
  [[nodiscard]] Result<void> save();

  /// Of those that have any.
  [[nodiscard]] std::map<std::string, Counts, std::less<>> counts() const;

 private:
  struct Program {
    std::string name;
    Counts counts;  ///< with those that are fresh
    std::uint64_t fresh = 0;
    std::optional<WallTime> oldest_fresh;
    std::int64_t last = 0;  ///< the highest number that one of it was given, and isn't fresh
    bool changed = false;
    bool oldest_known = true;
  };

  Programs() = default;
  [[nodiscard]] Result<void> read();
  [[nodiscard]] Result<void> find_oldest(std::int64_t key, Program& program);

  Statement version_of_data_;
  Statement read_;
  Statement make_;
  Statement update_;
  Statement oldest_;
  Statement highest_;
  Database* database_ = nullptr;
  std::map<std::int64_t, Program> programs_;
  std::map<std::string, std::int64_t, std::less<>> keys_;
  std::int64_t last_ = 0;  ///< the highest number of all
  std::int64_t last_sorted_ = 0;
  std::int64_t seen_ = -1;  ///< the version of the data that was read
  bool stale_ = true;
};

}  // namespace kamexec::stored

// SPDX-License-Identifier: GPL-2.0-or-later
// SQLite with failures as values: a connection, and statements that are prepared once.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/error.h"

struct sqlite3;
struct sqlite3_stmt;

namespace kamexec::stored {

class Database;

/// A prepared statement. Parameters and columns count from 0. What is bound must live until the
/// statement has come to its end, or reset().
class Statement {
 public:
  Statement() = default;

  Statement& bind(int parameter, std::int64_t value);
  Statement& bind(int parameter, std::string_view bytes);
  Statement& bind_text(int parameter, std::string_view text);
  Statement& bind_null(int parameter);

  /// True: there is a row. False: it is over, and reset. An error resets it as well.
  [[nodiscard]] Result<bool> step();
  /// Of one that gives no rows.
  [[nodiscard]] Result<void> run();
  /// One row at most is wanted: its first column; absent where there is no row, or it is NULL.
  [[nodiscard]] Result<std::optional<std::int64_t>> number();
  /// Before its end.
  void reset();

  // Of the row, until the next step() or reset().

  [[nodiscard]] bool is_null(int column) const;
  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] std::string_view bytes(int column) const;

 private:
  friend class Database;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  Statement(Database& database, sqlite3_stmt* statement)
      : database_(&database), statement_(statement) {}
  void bound(int code);

  Database* database_ = nullptr;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  int bind_error_ = 0;  ///< of the first value that could not be bound: told by step()
};

/// One connection. Not thread-safe, but may be used by one thread after the other.
class Database {
 public:
  /// Of a file that exists, for reading and writing. It waits up to @p busy_ms for another one's
  /// lock, at each statement.
  [[nodiscard]] static Result<std::unique_ptr<Database>> open(const std::string& path, int busy_ms);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] Result<Statement> prepare(std::string_view sql);
  /// Statements to be, each with its text.
  using Texts = std::initializer_list<std::pair<Statement*, std::string>>;
  /// Prepares all of them, or those before the first that can't be.
  [[nodiscard]] Result<void> prepare_all(Texts texts);
  [[nodiscard]] Result<void> execute(const std::string& sql);
  /// The number that a statement gives, 0 where it gives none.
  [[nodiscard]] Result<std::int64_t> number(const std::string& sql);
  /// The text of its first row.
  [[nodiscard]] Result<std::string> text(const std::string& sql);
  [[nodiscard]] bool is_read_only() const;

  /// The row that was inserted last.
  [[nodiscard]] std::int64_t last_row() const;
  [[nodiscard]] bool in_transaction() const;

  /// Waits until what was committed without a sync is on disk: fdatasync(2) of the log.
  [[nodiscard]] Result<void> sync_log();
  /// Pages in the log, after the last commit of this connection.
  [[nodiscard]] int log_pages() const { return log_pages_; }
  /// Brings the log's pages to the database, those that no reader holds up.
  [[nodiscard]] Result<void> checkpoint();

  /// Of @p code, which one of the functions of SQLite has given just now.
  [[nodiscard]] Error error(std::string_view doing, int code) const;

 private:
  [[nodiscard]] int system_errno(int code) const;
  Database(std::string path, sqlite3* handle) : path_(std::move(path)), handle_(handle) {}

  std::string path_;
  sqlite3* handle_ = nullptr;
  int log_pages_ = 0;
};

}  // namespace kamexec::stored

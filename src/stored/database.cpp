// SPDX-License-Identifier: GPL-2.0-or-later
#include "stored/database.h"

#include <sqlite3.h>

#include "stored/database_error.h"

namespace kamexec::stored {

void Statement::Finalize::operator()(sqlite3_stmt* statement) const {
  sqlite3_finalize(statement);
}

void Statement::bound(int code) {
  if (code != SQLITE_OK && bind_error_ == SQLITE_OK) {
    bind_error_ = code;
  }
}

Statement& Statement::bind(int parameter, std::int64_t value) {
  bound(sqlite3_bind_int64(statement_.get(), parameter + 1, value));
  return *this;
}

Statement& Statement::bind(int parameter, std::string_view bytes) {
  // A null pointer would be NULL, not bytes without any.
  bound(sqlite3_bind_blob64(statement_.get(), parameter + 1, bytes.empty() ? "" : bytes.data(),
                            bytes.size(), SQLITE_STATIC));
  return *this;
}

Statement& Statement::bind_text(int parameter, std::string_view text) {
  bound(sqlite3_bind_text64(statement_.get(), parameter + 1, text.empty() ? "" : text.data(),
                            text.size(), SQLITE_STATIC, SQLITE_UTF8));
  return *this;
}

Statement& Statement::bind_null(int parameter) {
  bound(sqlite3_bind_null(statement_.get(), parameter + 1));
  return *this;
}

Result<bool> Statement::step() {
  int code = bind_error_;
  if (code == SQLITE_OK) {
    code = sqlite3_step(statement_.get());
    if (code == SQLITE_ROW) {
      return true;
    }
  }
  if (code == SQLITE_DONE) {
    reset();
    return false;
  }
  const Error error =
      database_->error(sqlite3_stmt_readonly(statement_.get()) != 0 ? "read" : "write", code);
  reset();
  return tl::unexpected(error);
}

Result<void> Statement::run() {
  const Result<bool> row = step();
  if (!row) {
    return tl::unexpected(row.error());
  }
  if (*row) {
    reset();
  }
  return {};
}

Result<std::optional<std::int64_t>> Statement::number() {
  const Result<bool> row = step();
  if (!row) {
    return tl::unexpected(row.error());
  }
  std::optional<std::int64_t> number;
  if (*row) {
    if (!is_null(0)) {
      number = integer(0);
    }
    reset();
  }
  return number;
}

void Statement::reset() {
  sqlite3_reset(statement_.get());  // gives the error of the last step again
  bind_error_ = SQLITE_OK;
}

bool Statement::is_null(int column) const {
  return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

std::string_view Statement::bytes(int column) const {
  const void* const bytes = sqlite3_column_blob(statement_.get(), column);
  const int size = sqlite3_column_bytes(statement_.get(), column);
  return bytes == nullptr
             ? std::string_view()
             : std::string_view(static_cast<const char*>(bytes), static_cast<std::size_t>(size));
}

Result<std::unique_ptr<Database>> Database::open(const std::string& path, int busy_ms) {
  sqlite3* handle = nullptr;
  // NOMUTEX: one thread at a time. EXRESCODE is 3.37's: the codes are asked for below.
  const int code =
      sqlite3_open_v2(path.c_str(), &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  std::unique_ptr<Database> database(new Database(path, handle));
  if (code != SQLITE_OK) {
    return tl::unexpected(database->error("open", code));
  }
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_busy_timeout(handle, busy_ms);
  // The file's own definitions are checked by nobody: no function of SQLite's with effects is
  // called from them, and nothing writes to SQLite's own tables.
  sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  // Replaces SQLite's own checkpoint, which a commit would wait for.
  sqlite3_wal_hook(
      handle,
      [](void* self, sqlite3*, const char*, int pages) {
        static_cast<Database*>(self)->log_pages_ = pages;
        return SQLITE_OK;
      },
      database.get());
  return database;
}

Database::~Database() {
  sqlite3_close_v2(handle_);  // with what is still prepared, when that goes
}

Result<void> Database::prepare_all(Texts texts) {
  for (const auto& [statement, sql] : texts) {
    Result<Statement> made = prepare(sql);
    if (!made) {
      return tl::unexpected(made.error());
    }
    *statement = std::move(*made);
  }
  return {};
}

Result<Statement> Database::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) {
    // The texts are ours, so that it is its tables that don't fit them: its own words name them.
    return tl::unexpected(code == SQLITE_ERROR ? damaged(path_, sqlite3_errmsg(handle_))
                                               : error("use", code));
  }
  return Statement(*this, statement);
}

Result<void> Database::execute(const std::string& sql) {
  const int code = sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) {
    return tl::unexpected(error("use", code));
  }
  return {};
}

Result<std::int64_t> Database::number(const std::string& sql) {
  Result<Statement> statement = prepare(sql);
  if (!statement) {
    return tl::unexpected(statement.error());
  }
  const Result<std::optional<std::int64_t>> number = statement->number();
  if (!number) {
    return tl::unexpected(number.error());
  }
  return number->value_or(0);
}

Result<std::string> Database::text(const std::string& sql) {
  Result<Statement> statement = prepare(sql);
  if (!statement) {
    return tl::unexpected(statement.error());
  }
  const Result<bool> row = statement->step();
  if (!row) {
    return tl::unexpected(row.error());
  }
  return *row ? std::string(statement->bytes(0)) : std::string();
}

bool Database::is_read_only() const {
  return sqlite3_db_readonly(handle_, "main") == 1;
}

std::int64_t Database::last_row() const {
  return sqlite3_last_insert_rowid(handle_);
}

bool Database::in_transaction() const {
  return sqlite3_get_autocommit(handle_) == 0;
}

Result<void> Database::sync_log() {
  sqlite3_file* log = nullptr;
  int code = sqlite3_file_control(handle_, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);
  if (code == SQLITE_OK && log != nullptr && log->pMethods != nullptr) {
    code = log->pMethods->xSync(log, SQLITE_SYNC_NORMAL);
  }
  if (code != SQLITE_OK) {
    return tl::unexpected(error("write", code));
  }
  return {};
}

Result<void> Database::checkpoint() {
  int left = 0;
  const int code =
      sqlite3_wal_checkpoint_v2(handle_, "main", SQLITE_CHECKPOINT_PASSIVE, nullptr, &left);
  log_pages_ = 0;  // told again by the next commit: a reader may hold some of them up
  if (code != SQLITE_OK && (code & 0xff) != SQLITE_BUSY) {
    return tl::unexpected(error("write", code));
  }
  return {};
}

Error Database::error(std::string_view doing, int code) const {
  return database_error(doing, path_, code, system_errno(code));
}

/// sqlite3_system_errno() knows nothing of a COMMIT that fails: the files do.
int Database::system_errno(int code) const {
  if (handle_ == nullptr) {
    return 0;
  }
  if ((code & 0xff) == SQLITE_IOERR) {
    int number = 0;
    sqlite3_file* log = nullptr;
    if (sqlite3_file_control(handle_, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log) == SQLITE_OK &&
        log != nullptr && log->pMethods != nullptr) {
      log->pMethods->xFileControl(log, SQLITE_FCNTL_LAST_ERRNO, &number);
    }
    if (number == 0) {
      sqlite3_file_control(handle_, "main", SQLITE_FCNTL_LAST_ERRNO, &number);
    }
    if (number != 0) {
      return number;
    }
  }
  return sqlite3_system_errno(handle_);
}

}  // namespace kamexec::stored

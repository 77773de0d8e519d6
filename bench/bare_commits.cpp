// SPDX-License-Identifier: GPL-2.0-or-later
// bare_commits FILE GROUP BYTES
//
// Stores rows of BYTES bytes in a new database, GROUP of them in a transaction (10.5: ten and
// eleven by turns), which is on disk when its commit returns (WAL, synchronous=FULL); as many as it
// is told (repeat.h). What a store of calls costs at the least. Exit status 2 for a mistake in what
// it was told.
#include <sqlite3.h>

#include <charconv>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"
#include "repeat.h"

namespace {

using kamexec::Result;

/// 0 for what is no number.
template <typename Number>
Number number(std::string_view text) {
  Number value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? value : 0;
}

class BareCommits {
 public:
  static Result<std::unique_ptr<BareCommits>> create(const char* file, double group, int bytes) {
    std::unique_ptr<BareCommits> made(new BareCommits(group, bytes));
    if (sqlite3_open(file, &made->database_) != SQLITE_OK) {
      return kamexec::failure(std::string("can't open ") + file);
    }
    for (const char* statement : {"PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL",
                                  "CREATE TABLE rows (number INTEGER PRIMARY KEY, bytes BLOB)"}) {
      if (const Result<void> done = made->execute(statement); !done) {
        return tl::unexpected(done.error());
      }
    }
    const char* insert = "INSERT INTO rows (bytes) VALUES (?)";
    if (sqlite3_prepare_v2(made->database_, insert, -1, &made->insert_, nullptr) != SQLITE_OK) {
      return kamexec::failure(sqlite3_errmsg(made->database_));
    }
    return made;
  }

  ~BareCommits() {
    sqlite3_finalize(insert_);
    sqlite3_close(database_);
  }
  BareCommits(const BareCommits&) = delete;
  BareCommits& operator=(const BareCommits&) = delete;

  /// One row; with the last one of a group, its commit.
  Result<std::size_t> add() {
    if (!is_in_group_) {
      group_end_ += group_;
      is_in_group_ = true;
      if (const Result<void> begun = execute("BEGIN IMMEDIATE"); !begun) {
        return tl::unexpected(begun.error());
      }
    }
    sqlite3_bind_blob(insert_, 1, row_.data(), static_cast<int>(row_.size()), SQLITE_STATIC);
    const int stepped = sqlite3_step(insert_);
    sqlite3_reset(insert_);
    if (stepped != SQLITE_DONE) {
      return kamexec::failure(sqlite3_errmsg(database_));
    }
    if (++added_ >= group_end_) {
      is_in_group_ = false;
      if (const Result<void> done = execute("COMMIT"); !done) {
        return tl::unexpected(done.error());
      }
    }
    return row_.size();
  }

 private:
  BareCommits(double group, int bytes)
      : row_(static_cast<std::size_t>(bytes), 'x'), group_(group) {}

  Result<void> execute(const char* statement) {
    if (sqlite3_exec(database_, statement, nullptr, nullptr, nullptr) != SQLITE_OK) {
      return kamexec::failure(std::string(statement) + ": " + sqlite3_errmsg(database_));
    }
    return {};
  }

  std::string row_;
  double group_;
  double group_end_ = 0;  ///< rows, until the commit that comes next
  double added_ = 0;
  bool is_in_group_ = false;
  sqlite3* database_ = nullptr;
  sqlite3_stmt* insert_ = nullptr;
};

}  // namespace

int main(int count, char** words) {
  const double group = count == 4 ? number<double>(words[2]) : 0;
  const int bytes = count == 4 ? number<int>(words[3]) : 0;
  if (!(group >= 1) || bytes < 1) {
    std::fputs("usage: bare_commits FILE GROUP BYTES\n", stderr);
    return 2;
  }
  const Result<std::unique_ptr<BareCommits>> commits = BareCommits::create(words[1], group, bytes);
  if (!commits) {
    std::fprintf(stderr, "bare_commits: %s\n", commits.error().message.c_str());
    return 1;
  }
  return kamexec::repeat_as_told("bare_commits", [&] { return (*commits)->add(); });
}

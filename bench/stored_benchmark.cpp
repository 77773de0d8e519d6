// SPDX-License-Identifier: GPL-2.0-or-later
// stored_benchmark [--json] [--seconds N] [DIRECTORY]
//
// What it costs to keep a call on disk (StoreThread::insert), beside bare commits of SQLite: the
// same bytes in one table of one column, as many in a transaction as the store had in its own. With
// 1, 16 and 64 callers, each of which stores its next call when the last one is answered. The two
// take turns; the figures are medians of the rounds of N seconds in all (10), for each number of
// callers. DIRECTORY: on the disk to be measured; a directory is made in it and removed (/var/tmp).
//
// Prints a table; --json: one line of JSON for each number of callers: {"callers", "group",
// "store_per_second", "bare_per_second", "times"}. Exit status 0; 1 where something failed; 2 for a
// mistake in what it was told.

#include <poll.h>
#include <sqlite3.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "stored/store_thread.h"

namespace kamexec::stored {
namespace {

constexpr int kRounds = 9;
constexpr int kCallers[] = {1, 16, 64};

struct Told {
  bool json = false;
  double seconds = 10;
  std::string directory = "/var/tmp";
};

/// An INVITE with its variables, as a proxy behind another one gets it: 2.4 KB in all.
Notification call_to_keep() {
  Notification call;
  call.program = "billing";
  call.call = "cmd";
  call.arguments = {"start", "1b2c3d4e5f@192.0.2.17", "+4930123456789"};
  for (int number = 0; number < 30; ++number) {
    call.variables += "SIP_HF_HEADER" + std::to_string(number) + "=" + std::string(24, 'v') + '\0';
  }
  call.uri = "sip:+4930123456789@gw.example.com;user=phone";
  call.message = "INVITE " + call.uri + " SIP/2.0\r\n" + std::string(1100, 'm');
  return call;
}

double seconds_since(TimePoint begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

[[noreturn]] void fail(const std::string& why) {
  std::fprintf(stderr, "stored_benchmark: %s\n", why.c_str());
  std::exit(1);
}

/// Callers that store a call after the other, in one loop, as the clients of the daemon do.
class Callers {
 public:
  Callers(StoreThread& store, int callers) : store_(store), callers_(callers) {}

  /// Calls a second, over @p seconds.
  double run(double seconds) {
    stored_ = 0;
    ends_ = false;
    const TimePoint begin = Clock::now();
    for (waiting_ = 0; waiting_ < callers_;) {
      next();
    }
    while (waiting_ > 0) {
      pollfd ready{store_.fd(), POLLIN, 0};
      ::poll(&ready, 1, -1);
      ends_ = ends_ || seconds_since(begin) >= seconds;
      store_.step();
    }
    return stored_ / seconds_since(begin);
  }

 private:
  void next() {
    Notification call = call_;
    call.stored_at =
        std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
    Result<std::string> id = new_id(call.stored_at);
    if (!id) {
      fail(id.error().message);
    }
    call.id = std::move(*id);
    ++waiting_;
    store_.insert(std::move(call), false, kNoDeadline, [this](const Result<Kept>& kept) {
      if (!kept) {
        fail(kept.error().message);
      }
      --waiting_;
      ++stored_;
      if (!ends_) {
        next();
      }
    });
  }

  StoreThread& store_;
  const int callers_;
  const Notification call_ = call_to_keep();
  int waiting_ = 0;
  double stored_ = 0;
  bool ends_ = false;
};

/// The least that SQLite can do with the same bytes.
class Bare {
 public:
  explicit Bare(const std::string& path) {
    check(sqlite3_open(path.c_str(), &handle_));
    execute("PRAGMA journal_mode=WAL");
    execute("PRAGMA synchronous=FULL");
    // As the store: a checkpoint each 4096 pages.
    execute("PRAGMA wal_autocheckpoint=4096");
    execute("CREATE TABLE call(number INTEGER PRIMARY KEY, content BLOB)");
    check(
        sqlite3_prepare_v2(handle_, "INSERT INTO call(content) VALUES(?)", -1, &insert_, nullptr));
    check(sqlite3_prepare_v2(handle_, "BEGIN IMMEDIATE", -1, &begin_, nullptr));
    check(sqlite3_prepare_v2(handle_, "COMMIT", -1, &commit_, nullptr));
    const Notification call = call_to_keep();
    content_ =
        std::string(32, '0') + call.program + call.call + call.variables + call.uri + call.message;
    for (const std::string& argument : call.arguments) {
      content_ += argument;
    }
  }
  ~Bare() {
    sqlite3_finalize(insert_);
    sqlite3_finalize(begin_);
    sqlite3_finalize(commit_);
    sqlite3_close(handle_);
  }
  Bare(const Bare&) = delete;
  Bare& operator=(const Bare&) = delete;

  /// Calls a second, with @p group of them in a transaction on average.
  double run(double seconds, double group) {
    double stored = 0;
    double wanted = 0;
    const TimePoint begin = Clock::now();
    while (seconds_since(begin) < seconds) {
      step(begin_);
      for (wanted += group; stored < wanted; ++stored) {
        check(sqlite3_bind_blob64(insert_, 1, content_.data(), content_.size(), SQLITE_STATIC));
        step(insert_);
      }
      step(commit_);
    }
    return stored / seconds_since(begin);
  }

 private:
  void check(int code) {
    if (code != SQLITE_OK) {
      fail(sqlite3_errmsg(handle_));
    }
  }
  void execute(const char* sql) { check(sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr)); }
  void step(sqlite3_stmt* statement) {
    sqlite3_step(statement);
    check(sqlite3_reset(statement));
  }

  sqlite3* handle_ = nullptr;
  sqlite3_stmt* insert_ = nullptr;
  sqlite3_stmt* begin_ = nullptr;
  sqlite3_stmt* commit_ = nullptr;
  std::string content_;
};

void measure(int callers, const std::string& directory, const Told& told) {
  StoreOptions options;
  options.directory = directory + "/store";
  Result<std::unique_ptr<StoreThread>> store = StoreThread::open(options);
  if (!store) {
    fail(store.error().message);
  }
  Bare bare(directory + "/bare.sqlite");
  Callers clients(**store, callers);
  const double seconds = told.seconds / (2 * kRounds);
  std::vector<double> store_rates;
  std::vector<double> bare_rates;
  std::vector<double> times;
  std::vector<double> groups;
  for (int round = 0; round <= kRounds; ++round) {
    const StoreFigures before = (*store)->figures();
    const double stored = clients.run(seconds);
    const StoreFigures figures = (*store)->figures();
    const double group = static_cast<double>(figures.inserted - before.inserted) /
                         static_cast<double>(figures.commits - before.commits);
    const double bared = bare.run(seconds, group);
    if (round > 0) {  // the first one warms up
      store_rates.push_back(stored);
      bare_rates.push_back(bared);
      times.push_back(bared / stored);
      groups.push_back(group);
    }
  }
  std::printf(told.json ? "{\"callers\":%d,\"group\":%.1f,\"store_per_second\":%.0f,"
                          "\"bare_per_second\":%.0f,\"times\":%.2f}\n"
                        : "%7d %18.1f %18.0f %18.0f %6.2f\n",
              callers, median(groups), median(store_rates), median(bare_rates), median(times));
  std::fflush(stdout);
}

std::optional<Told> read_told(int count, char** words) {
  Told told;
  bool named = false;
  for (int at = 1; at < count; ++at) {
    if (std::strcmp(words[at], "--json") == 0) {
      told.json = true;
    } else if (std::strcmp(words[at], "--seconds") == 0 && at + 1 < count) {
      told.seconds = std::atof(words[++at]);
    } else if (words[at][0] == '-' || named) {
      return std::nullopt;
    } else {
      told.directory = words[at];
      named = true;
    }
  }
  return told.seconds > 0 && std::isfinite(told.seconds) ? std::optional(told) : std::nullopt;
}

int run(const Told& told) {
  if (!told.json) {
    std::printf("callers  calls/transaction    store, calls/s     bare, calls/s  times\n");
  }
  for (const int callers : kCallers) {
    std::string directory = told.directory + "/kamexec-stored-XXXXXX";
    if (::mkdtemp(directory.data()) == nullptr) {
      fail("can't make a directory in " + told.directory);
    }
    measure(callers, directory, told);
    std::error_code ignored;
    std::filesystem::remove_all(directory, ignored);
  }
  return 0;
}

}  // namespace
}  // namespace kamexec::stored

int main(int count, char** words) {
  const std::optional<kamexec::stored::Told> told = kamexec::stored::read_told(count, words);
  if (!told) {
    std::fputs("usage: stored_benchmark [--json] [--seconds N] [DIRECTORY]\n", stderr);
    return 2;
  }
  return kamexec::stored::run(*told);
}

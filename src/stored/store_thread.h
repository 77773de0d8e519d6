// SPDX-License-Identifier: GPL-2.0-or-later
// The store, used without waiting: one thread owns the database and commits what has come together
// meanwhile in one transaction. docs/architecture.md, "Stored notifications".
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "stored/notification.h"

namespace kamexec::stored {

/// The database's file, in the store's directory.
inline constexpr std::string_view kDatabaseName = "queue.sqlite";

struct StoreOptions {
  std::string directory;  ///< made, with mode 0750, where it isn't there; holds kDatabaseName
};

/// Which ones: each field that is set restricts.
struct Selection {
  std::optional<std::string> program;
  std::optional<State> state;  ///< running counts as waiting here
  std::vector<std::string> ids;
  std::int64_t after = 0;  ///< numbers above it
  std::size_t most = 500;  ///< rows
  bool whole = false;      ///< false: without variables, uri, message and input
};

/// What take() gives.
struct Taken {
  std::vector<Notification> notifications;
  bool more = false;            ///< others are due, too
  std::optional<WallTime> due;  ///< when the next one is, of those that are not
};

/// What insert() gives.
struct Kept {
  /// It was handed to the caller, who wanted to have it: to be run, and attempted() called.
  bool taken = false;
};

struct StoreFigures {
  std::string path;
  std::uint64_t bytes = 0;             ///< of the files
  std::uint64_t commits = 0;           ///< that were synced
  std::uint64_t inserted = 0;          ///< since the start
  std::uint64_t refused = 0;           ///< inserts that failed
  std::optional<std::string> failure;  ///< of the last transaction, in words; absent: it succeeded
};

/// All functions are called by one thread, the loop's; completions are called by step() there, each
/// once, in any order. They may call functions of this; they must not throw nor destroy it. In a
/// forked child this is dead. The thread blocks all signals.
///
/// What insert() has answered survives a crash of the process and of the machine. What attempted()
/// has told may be lost by a crash of the machine within 100 ms: the notification runs once more
/// then, with the same id.
class StoreThread {
 public:
  template <typename Value>
  using Completion = std::function<void(Result<Value>)>;

  /// Opens or makes the database. Errors, each with the file and a remedy: can't be opened or made,
  /// is damaged, was written by a later version, isn't ours.
  [[nodiscard]] static Result<std::unique_ptr<StoreThread>> open(const StoreOptions& options);
  /// Does what was asked for already, without completions.
  ~StoreThread();
  StoreThread(const StoreThread&) = delete;
  StoreThread& operator=(const StoreThread&) = delete;

  /// Readable when step() has something to do. The same one as long as this lives.
  [[nodiscard]] int fd() const;
  void step();

  /// Only one process at a time starts attempts: the one that holds a lock on the directory, which
  /// the kernel takes back at its end. False: another one has it still, ask again later. True, once
  /// and for all; what an earlier one had taken waits again.
  [[nodiscard]] Result<bool> become_dispatcher();
  [[nodiscard]] bool is_dispatcher() const;
  /// Lets another process have that: nothing of what was taken runs here any more.
  void leave_dispatcher();

  /// Keeps @p notification. @p take: the caller has room to run it at once (a dispatcher alone); it
  /// gets it unless others of its order are before it. An insert that has not begun by @p deadline
  /// is an error (system_errno: ETIMEDOUT), as are a full disk and any failure of the database:
  /// nothing is kept then.
  void insert(Notification notification, bool take, TimePoint deadline, Completion<Kept> done);

  /// Tells of the end of an attempt. Where it can't be written, it is tried again each second until
  /// it can: what has run isn't forgotten.
  void attempted(Attempted what);
  /// Gives back what was taken and not begun: it waits again.
  void give_back(std::vector<std::string> ids);

  /// Takes up to @p most of @p program that are due at @p now, and no more than hold @p most_bytes
  /// together, but one at least: by due time, then by number; of an order only its first one.
  void take(std::string program, std::size_t most, std::size_t most_bytes, WallTime now,
            Completion<Taken> done);

  // For a person.

  void list(Selection which, Completion<std::vector<StoredNotification>> done);
  /// Those that are dead, or wait, are due at once; the dead ones begin with no attempts. Gives the
  /// number of those changed.
  void retry(Selection which, Completion<std::size_t> done);
  /// Forgets them, whatever their state but those that were taken. Gives their number.
  void drop(Selection which, Completion<std::size_t> done);

  /// Forgets what is over: done before @p done_before, dead before @p dead_before.
  void purge(std::string program, WallTime done_before, WallTime dead_before);

  /// By program. Cheap: kept in memory from the opening on.
  [[nodiscard]] std::map<std::string, Counts, std::less<>> counts() const;
  [[nodiscard]] StoreFigures figures() const;

 private:
  struct State_;
  std::unique_ptr<State_> state_;
  explicit StoreThread(std::unique_ptr<State_> state);
};

}  // namespace kamexec::stored

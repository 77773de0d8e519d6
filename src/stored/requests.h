// SPDX-License-Identifier: GPL-2.0-or-later
// What is asked of a store, and what it gives: plain data.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "stored/notification.h"

namespace kamexec::stored {

/// The database's file, in the store's directory.
inline constexpr std::string_view kDatabaseName = "queue.sqlite";

struct StoreOptions {
  std::string directory;  ///< made, with mode 0750, where it isn't there; holds kDatabaseName
  /// Of what waits for the thread, in memory: an insert beyond it is refused.
  std::size_t most_queued_bytes = std::size_t{64} << 20;
  /// Whoever asks calls StoreThread::wake() when it has asked for all that it wants now: the thread
  /// need not begin with the first of many.
  bool waits_for_wake = false;
};

/// Which ones: each field that is set restricts.
struct Selection {
  std::optional<std::string> program;
  std::optional<State> state;  ///< running counts as waiting here
  std::vector<std::string> ids;
  std::int64_t after = 0;  ///< numbers above it
  /// Absent: 500 rows of a list, all of retry() and drop().
  std::optional<std::size_t> most;
  bool whole = false;  ///< false: without variables, uri, message and input
};

/// What list() gives: by number.
struct Listed {
  std::vector<StoredNotification> notifications;
  bool more = false;  ///< there are others after the last one
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

}  // namespace kamexec::stored

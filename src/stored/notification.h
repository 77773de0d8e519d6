// SPDX-License-Identifier: GPL-2.0-or-later
// A call that is kept on disk until its program has run: plain data.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "stored/id.h"

namespace kamexec::stored {

enum class State {
  waiting,  ///< for its turn, or for its next attempt
  running,  ///< its program runs: known in memory alone, on disk it waits
  done,     ///< its program has ended with status 0
  dead,     ///< has failed as often as it may: for a person to look at
};
/// One lower-case word: "waiting".
[[nodiscard]] std::string_view word(State state);
[[nodiscard]] std::optional<State> state_of(std::string_view word);

struct Notification {
  /// As new_id() gives it: the same at each attempt.
  std::string id;
  std::string program;                 ///< its name
  std::string call;                    ///< the function of the script, "cmd"
  std::vector<std::string> arguments;  ///< any bytes but NUL
  std::string variables;               ///< NAME=value, each followed by a NUL
  std::string uri;
  std::string message;
  std::string input;
  /// Those with the same program and order run one after the other. Absent: in no order.
  std::optional<std::string> order;

  WallTime stored_at{};
  std::uint32_t attempts = 0;  ///< that have ended, and count

  /// Bytes of its values, about what it takes in memory.
  [[nodiscard]] std::size_t size() const;
};

/// How the last attempt has ended.
struct LastAttempt {
  std::string outcome;  ///< process::word(): "no", "deadline"
  int exit_status = -1;
  std::string detail;  ///< in words; the first bytes of standard error after them
  WallTime at{};
};

/// A notification as it stands on disk.
struct StoredNotification {
  std::int64_t number = 0;  ///< counts up in the order in which they were stored
  Notification notification;
  State state = State::waiting;
  std::optional<WallTime> due;  ///< of the next attempt; absent: it is over
  std::optional<LastAttempt> last;
  /// What of it can't be read, in words: it is not in `notification` then. Absent: nothing.
  std::optional<std::string> damage;
};

/// What an attempt has made of a notification.
struct Attempted {
  std::string id;
  std::string program;
  State state = State::waiting;  ///< waiting: to be tried again at `due`; done, or dead
  WallTime due{};
  std::uint32_t attempts = 0;  ///< from now on
  LastAttempt last;
};

struct Counts {
  std::uint64_t waiting = 0;
  std::uint64_t done = 0;
  std::uint64_t dead = 0;
  std::optional<WallTime> oldest;  ///< of those that wait: when it was stored
};

}  // namespace kamexec::stored

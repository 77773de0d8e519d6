// SPDX-License-Identifier: GPL-2.0-or-later
// The store, used by one thread that waits for it: what a transaction can do. store_thread.h says
// what each change means; docs/architecture.md, "Stored notifications", what is written when.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "stored/choice.h"
#include "stored/content.h"
#include "stored/notification.h"
#include "stored/requests.h"

namespace kamexec::stored {

/// When what a transaction has written is on disk.
enum class Sync {
  at_commit,  ///< what commit() has told survives a crash of the machine
  later,      ///< at the next sync(): it survives a crash of the process
};

/// Not thread-safe. An error of a function within a transaction is one of that function alone where
/// sound() is true after it, and nothing of it is left in the transaction; else the caller must
/// roll back.
class Store {
 public:
  [[nodiscard]] static Result<std::unique_ptr<Store>> open(const std::string& directory);
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  /// False: another process has locked the database.
  [[nodiscard]] Result<bool> begin(Sync sync);
  /// The error: nothing was changed, and the transaction is over.
  [[nodiscard]] Result<void> commit();
  void roll_back();
  [[nodiscard]] bool sound() const;

  // Within a transaction.

  /// True: it was taken. @p content: of @p notification, by encode(): nothing else of its values is
  /// looked at.
  [[nodiscard]] Result<bool> insert(const Notification& notification, const Content& content,
                                    bool take);
  /// @p dispatches: false: the row is another one's by now, which may run it again. What is over
  /// stays so.
  [[nodiscard]] Result<void> attempted(const Attempted& what, bool dispatches);
  [[nodiscard]] Result<void> give_back(std::string_view id);
  /// What an earlier dispatcher had taken.
  [[nodiscard]] Result<void> give_back_all();
  /// One that can't be read is dead from now on, and in the way of no other.
  [[nodiscard]] Result<Taken> take(std::string_view program, std::size_t most,
                                   std::size_t most_bytes, WallTime now);
  [[nodiscard]] Result<void> retry(Step& step, WallTime now);
  [[nodiscard]] Result<void> drop(Step& step);
  /// True: there are more.
  [[nodiscard]] Result<bool> purge(std::string_view program, WallTime done_before,
                                   WallTime dead_before);

  [[nodiscard]] Result<Listed> list(const Selection& which);
  /// Brings what was stored into the indices: what wants them does so first.
  [[nodiscard]] Result<void> sort_in();

  // Outside of one.

  /// There is enough of that to do it at once, which costs each less.
  [[nodiscard]] bool wants_sorting() const;
  /// What was committed with Sync::later is on disk after it.
  [[nodiscard]] Result<void> sync();
  /// How long the log may become before tidy() brings it to the database.
  void set_log_limit(std::size_t bytes);
  [[nodiscard]] bool log_is_long() const;
  /// Does what keeps the files small, if there is something to do; a little at a time. True: there
  /// is more. @p thorough: even what the next minute may want again.
  [[nodiscard]] Result<bool> tidy(bool thorough);

  /// By program, as of the last commit.
  [[nodiscard]] std::map<std::string, Counts, std::less<>> counts() const;
  [[nodiscard]] const std::string& path() const;
  /// What there is to say of a disk without room.
  [[nodiscard]] Error full() const;
  /// What it is that begin() waits for.
  [[nodiscard]] Error locked() const;

 private:
  struct Parts;
  explicit Store(std::unique_ptr<Parts> parts);

  std::unique_ptr<Parts> parts_;
};

}  // namespace kamexec::stored

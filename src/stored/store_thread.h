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
#include "stored/requests.h"

namespace kamexec::stored {

struct StoreWorker;

/// All functions are called by one thread, the loop's; completions are called by step() there, each
/// once, in any order. They may call functions of this; they must not throw nor destroy it. In a
/// forked child this is dead. The thread blocks all signals.
///
/// What is thrown is shortage of memory: nothing was asked for then.
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
  /// With StoreOptions::waits_for_wake: the thread begins what was asked for since the last one.
  void wake();
  /// There is something for it.
  [[nodiscard]] bool wants_wake() const;

  /// Only one process at a time starts attempts: the one that holds a lock on the directory, which
  /// the kernel takes back at its end. False: another one has it still, ask again later. True, once
  /// and for all; what an earlier one had taken waits again.
  [[nodiscard]] Result<bool> become_dispatcher();
  [[nodiscard]] bool is_dispatcher() const;
  /// Lets another process have that, when all that was asked for before is on disk: what is taken
  /// then waits again, and what comes out of insert() and take() from now on is not taken.
  void leave_dispatcher();

  /// Keeps @p notification. @p take: the caller has room to run it at once (a dispatcher alone); it
  /// gets it unless others of its order are before it. An insert that has not begun by @p deadline
  /// is an error (system_errno: ETIMEDOUT), as are a full disk and any failure of the database:
  /// nothing is kept then.
  void insert(Notification notification, bool take, TimePoint deadline, Completion<Kept> done);
  /// Takes an insert back that has not begun: true, and its completion isn't called. False: it has
  /// begun, or is over.
  bool withdraw(std::string_view id);

  /// Tells of the end of an attempt. Where it can't be written, it is tried again each second until
  /// it can: what has run isn't forgotten.
  void attempted(Attempted what);
  /// Gives back what was taken and not begun: it waits again.
  void give_back(std::vector<std::string> ids);

  /// Takes up to @p most of @p program that are due at @p now, and no more than hold @p most_bytes
  /// together, but one at least: by due time, then by number; of an order only its first one. Fewer
  /// at a time where that would keep others from the disk (Taken::more tells). It sees what another
  /// process has stored, of which nothing else tells. None, where this isn't the dispatcher.
  void take(std::string program, std::size_t most, std::size_t most_bytes, WallTime now,
            Completion<Taken> done);

  // For a person. What was asked for before is done before.

  void list(Selection which, Completion<Listed> done);
  /// Those that are dead, or wait, are due at once; the dead ones begin with no attempts. Gives the
  /// number of those changed.
  void retry(Selection which, Completion<std::size_t> done);
  /// Forgets them, whatever their state but those that were taken. Gives their number.
  void drop(Selection which, Completion<std::size_t> done);

  /// Forgets what is over: done before @p done_before, dead before @p dead_before.
  void purge(std::string program, WallTime done_before, WallTime dead_before);

  /// By program, of those that have any. Cheap: kept in memory from the opening on. What another
  /// process has stored counts from the next transaction of this one on.
  [[nodiscard]] std::map<std::string, Counts, std::less<>> counts() const;
  /// Of one program.
  [[nodiscard]] Counts counts(std::string_view program) const;
  [[nodiscard]] StoreFigures figures() const;

 private:
  std::unique_ptr<StoreWorker> worker_;
  explicit StoreThread(std::unique_ptr<StoreWorker> worker);
};

}  // namespace kamexec::stored

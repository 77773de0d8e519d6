// SPDX-License-Identifier: GPL-2.0-or-later
// The answers of one program that are kept for calls with the same arguments, and who waits for one
// that is being fetched. Knows nothing of sockets and of how a program is run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"
#include "process/program_start.h"
#include "process/timer_queue.h"
#include "program/program_definition.h"

namespace kamexec::daemon {

/// Each call that asked counts as one of the first four.
struct CacheFigures {
  std::uint64_t hits = 0;       ///< answered by what is kept
  std::uint64_t stale = 0;      ///< answered by what is kept and past its time
  std::uint64_t misses = 0;     ///< had the program run
  std::uint64_t waits = 0;      ///< waited for another one's run
  std::uint64_t refreshes = 0;  ///< runs for an answer that is past its time; nobody waits for them
  std::uint64_t evictions = 0;  ///< answers that went for want of room
  std::size_t entries = 0;      ///< answers kept now, some past their time
  std::size_t bytes = 0;        ///< of memory that they take, at most the rule's size
};

/// Not thread-safe. The key of an answer is the arguments, as bytes. Outcomes ok and no are kept,
/// each for its time; failures never are. What is kept is without standard error, process and
/// duration: those were of the run.
///
/// A run for the cache (a fetch) is to capture the output whether the caller wants it or not: the
/// next one may. It has the program's own time-out, whatever the caller's: others may join.
class ResultCache {
 public:
  using FetchId = std::uint64_t;   ///< never 0, never used twice
  using WaiterId = std::uint64_t;  ///< the same
  /// Called once, by complete() or expire(), unless leave() was. May use the cache, but not
  /// destroy it; must not throw.
  using Answer = std::function<void(const process::RunResult&)>;

  explicit ResultCache(const program::CacheRule& rule) : rule_(rule) {}
  ResultCache(const ResultCache&) = delete;
  ResultCache& operator=(const ResultCache&) = delete;

  struct Found {
    /// The answer, valid until the cache is used again; nullptr: the caller waits, as `waiter`.
    const process::RunResult* result = nullptr;
    WaiterId waiter = 0;
    /// Not 0: the caller has the program run, and calls complete() whatever comes of it. Also where
    /// the answer is here, but past its time.
    FetchId fetch = 0;
  };
  /// Asks for a call's answer. One that waits is told by @p answer, at @p deadline at the latest
  /// (see expire()). What is thrown is shortage of memory: nobody waits then.
  [[nodiscard]] Found ask(std::span<const std::string_view> arguments, TimePoint deadline,
                          TimePoint now, Answer answer);

  /// The fetch has come to its end, or couldn't be begun. Tells all who wait for it, whatever the
  /// outcome, and keeps it if it may be kept. Unknown ones count for nothing.
  void complete(FetchId fetch, const process::RunResult& result, TimePoint now);

  /// A caller waits no longer: it cancelled, or is gone. The fetch that nobody waits for any more,
  /// which is to be cancelled, though complete() follows; absent: others wait, or it is over.
  [[nodiscard]] std::optional<FetchId> leave(WaiterId waiter);

  /// Tells those whose deadline has passed. Their fetch goes on: what it brings is kept.
  void expire(TimePoint now);
  /// When expire() is wanted.
  [[nodiscard]] TimePoint wake_at() const { return deadlines_.earliest(); }

  /// Forgets all answers, or the one to @p arguments; how many there were. What is being fetched
  /// goes to those who wait, and isn't kept: it may be as old as what was to be forgotten.
  std::size_t flush();
  std::size_t flush(std::span<const std::string_view> arguments);

  [[nodiscard]] const CacheFigures& figures() const { return figures_; }
  /// Somebody waits, or a fetch is under way.
  [[nodiscard]] bool busy() const { return !fetches_.empty(); }

 private:
  /// What is known of one key: an answer, a fetch, or both.
  struct Slot {
    const std::string* key = nullptr;
    bool kept = false;
    process::Cause cause = process::Cause::ok;
    int exit_status = 0;
    std::string output;
    TimePoint fresh_until{};
    TimePoint usable_until{};
    std::list<Slot*>::iterator use{};  ///< its place in uses_, of one that is kept
    FetchId fetch = 0;
  };
  struct Waiter {
    WaiterId id = 0;
    Answer answer;
  };
  struct Fetch {
    Slot* slot =
        nullptr;  ///< who asks for its key joins; nullptr: nobody does, and nothing is kept
    bool refresh = false;  ///< goes on though nobody waits
    bool over = false;
    std::list<Waiter> waiters;
  };
  struct Place {
    FetchId fetch = 0;
    std::list<Waiter>::iterator waiter;
  };

  void make_key(std::span<const std::string_view> arguments);
  [[nodiscard]] const process::RunResult* answer_of(Slot& slot);
  [[nodiscard]] FetchId begin(Slot& slot, bool refresh);
  [[nodiscard]] WaiterId add_waiter(FetchId fetch, TimePoint deadline, Answer answer);
  void tell(Fetch& fetch, std::list<Waiter>::iterator waiter, const process::RunResult& result);
  void detach(Fetch& fetch);
  void keep(Slot& slot, const process::RunResult& result, TimePoint now);
  void forget(Slot& slot);
  void drop_if_empty(Slot& slot);
  [[nodiscard]] static std::size_t bytes_of(const Slot& slot);

  const program::CacheRule rule_;
  CacheFigures figures_;
  std::string key_;            // of the call that asks
  process::RunResult result_;  // that it is answered by
  // Ordered, because peers choose the keys: none of them makes another one slow to find.
  std::map<std::string, Slot, std::less<>> slots_;
  std::list<Slot*> uses_;  // of those kept; the one that was used last is at the end
  std::unordered_map<FetchId, Fetch> fetches_;
  std::unordered_map<WaiterId, Place> waiters_;
  process::TimerQueue deadlines_;
  std::uint64_t last_id_ = 0;
};

}  // namespace kamexec::daemon

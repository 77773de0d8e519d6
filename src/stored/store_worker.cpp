// SPDX-License-Identifier: GPL-2.0-or-later
#include "stored/store_worker.h"

#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace kamexec::stored {
namespace {

// Of one transaction: what comes meanwhile waits for it.
constexpr std::size_t kGroupRequests = 1000;
constexpr std::size_t kGroupBytes = std::size_t{4} << 20;

constexpr std::chrono::milliseconds kUnsynced{100};
constexpr std::chrono::milliseconds kRetry{1000};
constexpr std::chrono::milliseconds kNow{0};
constexpr std::chrono::milliseconds kLockedPause{10};
constexpr std::chrono::milliseconds kLockedLong{1000};
/// At the end, where nothing can be written: another one's lock.
constexpr std::chrono::milliseconds kLastPatience{1000};
constexpr int kTidyEvery = 64;

Error out_of_memory() noexcept {
  return Error{"out of memory", ENOMEM};  // so short a text allocates nothing
}

}  // namespace

Dispatching StoreWorker::dispatching() {
  Dispatching as;
  as.holds = holds;
  as.turns = turns;
  return as;
}

void StoreWorker::run() {
  static_cast<void>(pthread_setname_np(pthread_self(), "kamexecd-store"));
  store->set_log_limit(reserve->share());
  make_reserve();
  Dispatching as;
  for (;;) {
    try {
      if (!wait(as)) {
        break;
      }
      turn(as);
    } catch (...) {
      out_of_memory_in_turn();
    }
  }
  if (sync_at != kNoDeadline) {
    static_cast<void>(store->sync());
  }
}

/// Until there is something to do, which is in `group` then; false: never again.
bool StoreWorker::wait(Dispatching& as) {
  std::unique_lock<std::mutex> guard(mutex);
  const auto has_work = [this] { return stop || !urgent.empty() || !slow.empty(); };
  if (!tidy_wanted || stop) {
    const TimePoint until = std::min({sync_at, retry_at, reserve_at});
    if (until == kNoDeadline) {
      wake.wait(guard, has_work);
    } else {
      wake.wait_until(guard, until, has_work);
    }
  }
  if (stop) {
    if (end_at == kNoDeadline) {
      end_at = after(Clock::now(), kLastPatience);
      slow.remove_if([](const auto& request) { return !request->has_completion(); });
      group.splice(group.begin(), unwritten);
    }
    if ((urgent.empty() && slow.empty() && group.empty()) || Clock::now() >= end_at) {
      return false;
    }
  } else if (Clock::now() >= retry_at) {
    group.splice(group.begin(), unwritten);
  }
  if (unwritten.empty()) {
    retry_at = kNoDeadline;
  }
  const std::size_t most = std::min(kGroupBytes, reserve->share());
  std::size_t bytes = 0;
  while (!urgent.empty() && group.size() < kGroupRequests && (group.empty() || bytes < most)) {
    bytes += urgent.front()->bytes();
    group.splice(group.end(), urgent, urgent.begin());
  }
  as = dispatching();
  return true;
}

void StoreWorker::turn(const Dispatching& as) {
  expire();
  refuse_calls();
  bool locked = false;
  if (!group.empty() && !transact(as)) {
    put_back(urgent);
    locked = true;
  }
  note_locked(locked);
  hand_over();
  if (!locked) {
    make_step(as);
    hand_over();
  }
  keep_up();
  if (locked) {
    std::this_thread::sleep_for(kLockedPause);
  }
}

/// Another kamexecd's transaction is short; what lasts is told of.
void StoreWorker::note_locked(bool locked) {
  if (!locked) {
    locked_since = kNoDeadline;
  } else if (locked_since == kNoDeadline) {
    locked_since = Clock::now();
  } else if (Clock::now() - locked_since > kLockedLong) {
    note_failure(store->locked(), 0);
  }
}

void StoreWorker::expire() {
  const TimePoint now = Clock::now();
  std::uint64_t late = 0;
  for (auto at = group.begin(); at != group.end();) {
    const auto request = at++;
    if ((*request)->is_last() && !unwritten.empty()) {
      unwritten.splice(unwritten.end(), group, request);
    } else if (now >= (*request)->deadline()) {
      (*request)->failed(too_late());
      settled.splice(settled.end(), group, request);
      ++late;
    }
  }
  if (late > 0) {
    const std::lock_guard<std::mutex> guard(mutex);
    figures.refused += late;
  }
}

/// While there is no reserve.
void StoreWorker::refuse_calls() {
  if (!disk_full) {
    return;
  }
  std::uint64_t refused = 0;
  for (auto at = group.begin(); at != group.end();) {
    const auto request = at++;
    if ((*request)->inserted_id() != nullptr) {
      (*request)->failed(*disk_full);
      settled.splice(settled.end(), group, request);
      ++refused;
    }
  }
  if (refused > 0) {
    note_failure(*disk_full, refused);
  }
}

Error StoreWorker::too_late() const {
  Error error = store->locked();
  if (locked_since == kNoDeadline) {
    error.message =
        "the disk was too slow: the call's time was over before it could be written to " +
        store->path();
  }
  error.system_errno = ETIMEDOUT;
  return error;
}

/// What is in `group`, in one transaction. False: another process has locked the database.
bool StoreWorker::transact(const Dispatching& as) {
  const bool synced = std::any_of(group.begin(), group.end(),
                                  [](const auto& request) { return request->wants_sync(); });
  const Result<bool> begun = store->begin(synced ? Sync::at_commit : Sync::later);
  if (!begun) {
    settle_failed(begun.error());
    return true;
  }
  if (!*begun) {
    return false;
  }
  std::optional<Error> broken;
  Dispatching within = as;
  within.owns = owns;
  for (const std::unique_ptr<Request>& request : group) {
    Result<void> handled = request->handle(*store, within);
    request->refused = !handled;
    if (handled) {
      continue;
    }
    if (!store->sound()) {
      store->roll_back();
      broken = std::move(handled.error());
      break;
    }
    request->failed(std::move(handled.error()));
  }
  if (!broken) {
    if (Result<void> committed = store->commit(); !committed) {
      broken = std::move(committed.error());
    }
  }
  if (!broken) {
    settle_committed(synced);
  } else if (broken->system_errno == EBADMSG && group.size() > 1) {
    isolate(as);
  } else {
    settle_failed(*broken);
  }
  return true;
}

void StoreWorker::settle_committed(bool synced) {
  std::uint64_t inserted = 0;
  std::uint64_t refused = 0;
  Requests again;
  while (!group.empty()) {
    Request& request = *group.front();
    const bool over = request.refused || request.committed();
    if (request.inserted_id() != nullptr) {
      ++(request.refused ? refused : inserted);
    }
    Requests& where = over ? settled : again;
    where.splice(where.end(), group, group.begin());
  }
  if (!again.empty()) {
    const std::lock_guard<std::mutex> guard(mutex);
    slow.splice(slow.end(), again);
  }
  if (end_at != kNoDeadline) {
    end_at = after(Clock::now(), kLastPatience);  // it goes on: what is asked for has an end
  }
  if (synced) {
    sync_at = kNoDeadline;
  } else if (sync_at == kNoDeadline) {
    sync_at = after(Clock::now(), kUnsynced);
  }
  publish(synced, inserted);
  if (refused > 0) {
    const std::lock_guard<std::mutex> guard(mutex);
    figures.refused += refused;
  }
}

void StoreWorker::settle_failed(const Error& error) {
  const TimePoint again_at = after(Clock::now(), use_reserve(error) ? kNow : kRetry);
  std::uint64_t refused = 0;
  while (!group.empty()) {
    Request& request = *group.front();
    refused += request.inserted_id() != nullptr ? 1U : 0U;
    const bool again = request.must_succeed();
    if (again) {
      retry_at = std::min(retry_at, again_at);
    } else {
      request.failed(error);
    }
    Requests& where = again ? unwritten : settled;
    where.splice(where.end(), group, group.begin());
  }
  note_failure(error, refused);
}

/// Something of the file is damaged: only what needs that fails.
void StoreWorker::isolate(const Dispatching& as) {
  Requests all;
  all.swap(group);
  while (!all.empty()) {
    group.splice(group.end(), all, all.begin());
    if (!transact(as)) {
      group.splice(group.end(), all);
      put_back(urgent);
    }
  }
}

/// Of what isn't urgent, the first.
void StoreWorker::make_step(const Dispatching& as) {
  {
    const std::lock_guard<std::mutex> guard(mutex);
    // What was asked for before it may decide what it finds: what was given back waits.
    if (slow.empty() || (!urgent.empty() && urgent.front()->order < slow.front()->order)) {
      return;
    }
    group.splice(group.end(), slow, slow.begin());
  }
  tidy_wanted = true;
  if (transact(as)) {
    return;
  }
  if (Clock::now() < group.front()->deadline()) {
    put_back(slow);
    return;
  }
  group.front()->failed(store->locked());
  settled.splice(settled.end(), group);
}

void StoreWorker::put_back(Requests& queue) {
  const std::lock_guard<std::mutex> guard(mutex);
  queue.splice(queue.begin(), group);
}

void StoreWorker::publish(bool synced, std::uint64_t inserted) {
  std::map<std::string, Counts, std::less<>> now = store->counts();
  const std::lock_guard<std::mutex> guard(mutex);
  counts.swap(now);
  figures.commits += synced ? 1U : 0U;
  figures.inserted += inserted;
  figures.failure = disk_full ? std::optional(disk_full->message) : tidy_failure;
}

void StoreWorker::note_failure(const Error& error, std::uint64_t refused) {
  const std::lock_guard<std::mutex> guard(mutex);
  figures.refused += refused;
  figures.failure = error.message;
}

/// Before calls are taken, and once a second while there is no room for it.
void StoreWorker::make_reserve() {
  if (reserve->make()) {
    disk_full.reset();
    reserve_at = kNoDeadline;
    return;
  }
  if (!disk_full) {
    disk_full = store->full();
    note_failure(*disk_full, 0);
  }
  reserve_at = after(Clock::now(), kRetry);
}

/// True: there is more room than when @p error came.
bool StoreWorker::use_reserve(const Error& error) {
  if (error.system_errno != ENOSPC && error.system_errno != EDQUOT) {
    return false;
  }
  disk_full = error;
  reserve_at = after(Clock::now(), kRetry);
  return reserve->give_up();
}

/// What comes with time: the sync of what was committed without one, and the log brought home.
void StoreWorker::keep_up() {
  if (store->wants_sorting() && locked_since == kNoDeadline) {
    sort_in();
  }
  if (Clock::now() >= sync_at) {
    const Result<void> synced = store->sync();
    sync_at = synced ? kNoDeadline : after(Clock::now(), kRetry);
    if (!synced) {
      note_failure(synced.error(), 0);
    } else {
      const std::lock_guard<std::mutex> guard(mutex);
      ++figures.commits;
    }
  }
  const bool thorough = Clock::now() >= reserve_at;
  if (++since_tidy < kTidyEvery && !tidy_wanted && !thorough && !store->log_is_long()) {
    return;
  }
  since_tidy = 0;
  const Result<bool> more = store->tidy(disk_full.has_value());
  tidy_wanted = more && *more;
  tidy_failure.reset();
  if (!more) {
    tidy_wanted = use_reserve(more.error());
    tidy_failure = more.error().message;
    note_failure(more.error(), 0);
  }
  if (thorough) {
    make_reserve();
  }
}

/// What fails here is told by what needs it.
void StoreWorker::sort_in() {
  const Result<bool> begun = store->begin(Sync::later);
  if (!begun || !*begun) {
    return;
  }
  if (!store->sort_in()) {
    store->roll_back();
    return;
  }
  if (store->commit() && sync_at == kNoDeadline) {
    sync_at = after(Clock::now(), kUnsynced);
  }
}

void StoreWorker::hand_over() {
  if (settled.empty()) {
    return;
  }
  bool tell = false;
  std::size_t bytes = 0;
  Requests silent;
  for (auto at = settled.begin(); at != settled.end();) {
    const auto request = at++;
    bytes += (*request)->bytes();
    if ((*request)->has_completion()) {
      tell = true;
    } else {
      silent.splice(silent.end(), settled, request);
    }
  }
  {
    const std::lock_guard<std::mutex> guard(mutex);
    queued_bytes -= bytes;
    told.splice(told.end(), settled);
  }
  if (tell) {
    // Without the lock, which is what the loop's thread wants first.
    const std::uint64_t count = 1;
    static_cast<void>(::write(event.get(), &count, sizeof(count)));
  }
}

void StoreWorker::out_of_memory_in_turn() noexcept {
  try {
    store->roll_back();
  } catch (...) {
    // The next BEGIN says what is wrong.
  }
  while (!group.empty()) {
    const bool again = group.front()->must_succeed();
    if (again) {
      retry_at = std::min(retry_at, after(Clock::now(), kRetry));
    } else {
      try {
        group.front()->failed(out_of_memory());
      } catch (...) {
        // A change whose error has no room for its words tells the number of those it has made.
      }
    }
    Requests& where = again ? unwritten : settled;
    where.splice(where.end(), group, group.begin());
  }
  hand_over();
}

}  // namespace kamexec::stored

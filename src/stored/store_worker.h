// SPDX-License-Identifier: GPL-2.0-or-later
// The thread of a store. Requests come to it in two queues. All that is urgent at a time goes into
// one transaction; after each, one step is made of what a person or the clock wants, which may
// change many rows.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "base/clock.h"
#include "base/error.h"
#include "base/unique_fd.h"
#include "stored/disk_reserve.h"
#include "stored/notification.h"
#include "stored/requests.h"
#include "stored/store.h"
#include "stored/store_requests.h"

namespace kamexec::stored {

/// Made and destroyed by the loop's thread; its own runs run().
struct StoreWorker {
  using Requests = std::list<std::unique_ptr<Request>>;

  StoreOptions options;
  UniqueFd event;

  std::mutex mutex;  // of these:
  std::condition_variable wake;
  Requests urgent;
  Requests slow;
  Requests told;  ///< for step()
  std::uint64_t last_order = 0;
  std::size_t queued_bytes = 0;
  bool stop = false;
  std::map<std::string, Counts, std::less<>> counts;
  StoreFigures figures;
  UniqueFd lock;
  bool holds = false;  ///< the lock, and hasn't left it
  std::uint64_t turns = 0;

  // The thread's own:
  std::unique_ptr<Store> store;
  std::optional<DiskReserve> reserve;
  std::optional<Error> disk_full;  ///< the disk: no call is taken until there is a reserve again
  TimePoint reserve_at = kNoDeadline;  ///< when that is tried
  bool owns = false;
  Requests group;      ///< of the transaction
  Requests settled;    ///< to be told
  Requests unwritten;  ///< to be tried again
  TimePoint retry_at = kNoDeadline;
  TimePoint sync_at = kNoDeadline;
  TimePoint end_at = kNoDeadline;
  TimePoint locked_since = kNoDeadline;  ///< by another process; kNoDeadline: isn't
  int since_tidy = 0;
  bool tidy_wanted = false;
  std::optional<std::string> tidy_failure;
  std::thread thread;

  std::size_t posted = 0;  ///< of the loop's thread: requests that wait for a wake()

  // By the loop's thread.
  void post(Requests& queue, std::unique_ptr<Request> request);
  void refuse(std::unique_ptr<Request> request, std::string why);
  template <typename Made, typename... Arguments>
  void post_slow(Arguments&&... arguments);
  [[nodiscard]] Dispatching dispatching();  // with the mutex held

  // By the store's.
  void run();
  [[nodiscard]] bool wait(Dispatching& as);
  void turn(const Dispatching& as);
  void expire();
  void refuse_calls();
  [[nodiscard]] Error too_late() const;
  void note_locked(bool locked);
  [[nodiscard]] bool transact(const Dispatching& as);
  void settle_committed(bool synced);
  void settle_failed(const Error& error);
  void isolate(const Dispatching& as);
  void make_step(const Dispatching& as);
  void put_back(Requests& queue);
  void publish(bool synced, std::uint64_t inserted);
  void note_failure(const Error& error, std::uint64_t refused);
  void make_reserve();
  [[nodiscard]] bool use_reserve(const Error& error);
  void keep_up();
  void sort_in();
  void hand_over();
  void out_of_memory_in_turn() noexcept;
};

}  // namespace kamexec::stored

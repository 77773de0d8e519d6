// SPDX-License-Identifier: GPL-2.0-or-later
// Requests go to the thread in two queues. All that is urgent at a time goes into one transaction;
// after each, one step is made of what a person or the clock wants, which may change many rows.
#include "stored/store_thread.h"

#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <list>
#include <mutex>
#include <system_error>
#include <thread>

#include "base/unique_fd.h"
#include "stored/dispatcher_lock.h"
#include "stored/store.h"
#include "stored/store_requests.h"

namespace kamexec::stored {
namespace {

// Of one transaction: what comes meanwhile waits for it.
constexpr std::size_t kGroupRequests = 1000;
constexpr std::size_t kGroupBytes = std::size_t{4} << 20;

// Lists and changes that wait: a person makes a few.
constexpr std::size_t kMostSlow = 256;

constexpr std::chrono::milliseconds kUnsynced{100};
constexpr std::chrono::milliseconds kRetry{1000};
constexpr std::chrono::milliseconds kLockedPause{10};
constexpr std::chrono::milliseconds kLockedLong{1000};
/// Of another one's lock, at the end.
constexpr std::chrono::milliseconds kLastPatience{1000};
constexpr int kTidyEvery = 64;

Error out_of_memory() noexcept {
  return Error{"out of memory", ENOMEM};  // so short a text allocates nothing
}

std::uint64_t size_of(const std::string& path) {
  struct stat file {};
  return ::stat(path.c_str(), &file) == 0 ? static_cast<std::uint64_t>(file.st_size) : 0;
}

/// Made while all signals are blocked, as the thread is to have them.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_{};
};

}  // namespace

struct StoreThread::State_ {
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
  [[nodiscard]] Error too_late() const;
  void note_locked(bool locked);
  [[nodiscard]] bool transact(const Dispatching& as);
  void settle_committed(bool synced);
  void settle_failed(const Error& error);
  void isolate(const Dispatching& as);
  void make_step(const Dispatching& as);
  void handle_alone();
  void put_back(Requests& queue);
  void publish(bool synced, std::uint64_t inserted);
  void note_failure(const Error& error, std::uint64_t refused);
  void keep_up();
  void hand_over();
  void out_of_memory_in_turn() noexcept;
};

// The loop's side.

Result<std::unique_ptr<StoreThread>> StoreThread::open(const StoreOptions& options) {
  auto state = std::make_unique<State_>();
  state->options = options;
  state->event = UniqueFd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!state->event.valid()) {
    return system_failure("can't open the store: eventfd", errno);
  }
  Result<std::unique_ptr<Store>> store = Store::open(options.directory);
  if (!store) {
    return tl::unexpected(store.error());
  }
  state->store = std::move(*store);
  state->counts = state->store->counts();
  state->figures.path = state->store->path();
  State_* const running = state.get();
  std::unique_ptr<StoreThread> opened(new StoreThread(std::move(state)));
  try {
    const SignalsBlocked blocked;
    running->thread = std::thread([running] { running->run(); });
  } catch (const std::system_error& error) {
    return system_failure("can't open the store: can't start its thread", error.code().value());
  }
  return opened;
}

StoreThread::StoreThread(std::unique_ptr<State_> state) : state_(std::move(state)) {}

StoreThread::~StoreThread() {
  {
    const std::lock_guard<std::mutex> guard(state_->mutex);
    state_->stop = true;
  }
  state_->wake.notify_one();
  if (state_->thread.joinable()) {
    state_->thread.join();
  }
}

int StoreThread::fd() const {
  return state_->event.get();
}

void StoreThread::step() {
  std::uint64_t count = 0;
  static_cast<void>(::read(state_->event.get(), &count, sizeof(count)));
  State_::Requests told;
  {
    const std::lock_guard<std::mutex> guard(state_->mutex);
    told.swap(state_->told);
  }
  for (; !told.empty(); told.pop_front()) {
    Dispatching as;
    {
      const std::lock_guard<std::mutex> guard(state_->mutex);
      as = state_->dispatching();
    }
    told.front()->tell(as);
  }
}

Dispatching StoreThread::State_::dispatching() {
  Dispatching as;
  as.holds = holds;
  as.turns = turns;
  return as;
}

void StoreThread::State_::post(Requests& queue, std::unique_ptr<Request> request) {
  const std::size_t bytes = request->bytes();
  Requests one;
  one.push_back(std::move(request));
  {
    const std::lock_guard<std::mutex> guard(mutex);
    queued_bytes += bytes;
    one.front()->order = ++last_order;
    queue.splice(queue.end(), one);
  }
  wake.notify_one();
}

void StoreThread::State_::refuse(std::unique_ptr<Request> request, std::string why) {
  request->failed(Error{std::move(why), EAGAIN});
  Requests one;
  one.push_back(std::move(request));
  const std::lock_guard<std::mutex> guard(mutex);
  told.splice(told.end(), one);
  const std::uint64_t count = 1;
  static_cast<void>(::write(event.get(), &count, sizeof(count)));
}

void StoreThread::insert(Notification notification, bool take, TimePoint deadline,
                         Completion<Kept> done) {
  State_& state = *state_;
  auto request =
      std::make_unique<InsertRequest>(std::move(notification), take, deadline, std::move(done));
  bool full = false;
  {
    const std::lock_guard<std::mutex> guard(state.mutex);
    full = state.queued_bytes + request->bytes() > state.options.most_queued_bytes;
    state.figures.refused += full ? 1U : 0U;
  }
  if (full) {
    state.refuse(std::move(request),
                 "more than " + std::to_string(state.options.most_queued_bytes >> 20U) +
                     " MiB of calls wait to be written to " + state.figures.path +
                     ": the disk is slower than the calls come");
    return;
  }
  state.post(state.urgent, std::move(request));
}

bool StoreThread::withdraw(std::string_view id) {
  State_::Requests one;
  const std::lock_guard<std::mutex> guard(state_->mutex);
  const auto found =
      std::find_if(state_->urgent.begin(), state_->urgent.end(), [id](const auto& request) {
        return request->inserted_id() != nullptr && *request->inserted_id() == id;
      });
  if (found == state_->urgent.end()) {
    return false;
  }
  state_->queued_bytes -= (*found)->bytes();
  one.splice(one.end(), state_->urgent, found);
  return true;
}

void StoreThread::attempted(Attempted what) {
  state_->post(state_->urgent, std::make_unique<AttemptedRequest>(std::move(what)));
}

void StoreThread::give_back(std::vector<std::string> ids) {
  state_->post(state_->urgent, std::make_unique<GiveBackRequest>(std::move(ids)));
}

void StoreThread::take(std::string program, std::size_t most, std::size_t most_bytes, WallTime now,
                       Completion<Taken> done) {
  state_->post(state_->urgent, std::make_unique<TakeRequest>(std::move(program), most, most_bytes,
                                                             now, std::move(done)));
}

template <typename Made, typename... Arguments>
void StoreThread::State_::post_slow(Arguments&&... arguments) {
  auto request = std::make_unique<Made>(std::forward<Arguments>(arguments)...);
  bool full = false;
  {
    const std::lock_guard<std::mutex> guard(mutex);
    full = slow.size() >= kMostSlow;
  }
  if (full) {
    refuse(std::move(request), "the store has too much to do: try again later");
    return;
  }
  post(slow, std::move(request));
}

void StoreThread::list(Selection which, Completion<Listed> done) {
  state_->post_slow<ListRequest>(std::move(which), std::move(done));
}

void StoreThread::retry(Selection which, Completion<std::size_t> done) {
  state_->post_slow<ChangeRequest>(ChangeRequest::Change::retry, std::move(which), std::move(done));
}

void StoreThread::drop(Selection which, Completion<std::size_t> done) {
  state_->post_slow<ChangeRequest>(ChangeRequest::Change::drop, std::move(which), std::move(done));
}

void StoreThread::purge(std::string program, WallTime done_before, WallTime dead_before) {
  state_->post_slow<PurgeRequest>(std::move(program), done_before, dead_before);
}

Result<bool> StoreThread::become_dispatcher() {
  State_& state = *state_;
  {
    const std::lock_guard<std::mutex> guard(state.mutex);
    if (state.holds || state.lock.valid()) {
      return state.holds;  // one that leaves has the lock until all is written
    }
  }
  Result<UniqueFd> lock = lock_dispatcher(state.options.directory);
  if (!lock) {
    return tl::unexpected(lock.error());
  }
  if (!lock->valid()) {
    return false;
  }
  State_::Requests one;
  one.push_back(
      std::make_unique<GiveBackAllRequest>(false, [raw = state_.get()] { raw->owns = true; }));
  {
    const std::lock_guard<std::mutex> guard(state.mutex);
    state.lock = std::move(*lock);
    state.holds = true;
    state.urgent.splice(state.urgent.end(), one);
  }
  state.wake.notify_one();
  return true;
}

bool StoreThread::is_dispatcher() const {
  const std::lock_guard<std::mutex> guard(state_->mutex);
  return state_->holds;
}

void StoreThread::leave_dispatcher() {
  State_& state = *state_;
  State_::Requests one;
  one.push_back(std::make_unique<GiveBackAllRequest>(true, [raw = state_.get()] {
    raw->owns = false;
    const std::lock_guard<std::mutex> guard(raw->mutex);
    raw->lock.reset();
  }));
  {
    const std::lock_guard<std::mutex> guard(state.mutex);
    if (!state.holds) {
      return;
    }
    state.holds = false;
    ++state.turns;
    state.urgent.splice(state.urgent.end(), one);
  }
  state.wake.notify_one();
}

std::map<std::string, Counts, std::less<>> StoreThread::counts() const {
  const std::lock_guard<std::mutex> guard(state_->mutex);
  return state_->counts;
}

StoreFigures StoreThread::figures() const {
  StoreFigures figures;
  {
    const std::lock_guard<std::mutex> guard(state_->mutex);
    figures = state_->figures;
  }
  figures.bytes = size_of(figures.path) + size_of(figures.path + "-wal");
  return figures;
}

// The store's side.

void StoreThread::State_::run() {
  static_cast<void>(pthread_setname_np(pthread_self(), "kamexecd-store"));
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
bool StoreThread::State_::wait(Dispatching& as) {
  std::unique_lock<std::mutex> guard(mutex);
  const auto has_work = [this] { return stop || !urgent.empty() || !slow.empty(); };
  if (!tidy_wanted || stop) {
    const TimePoint until = std::min(sync_at, retry_at);
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
  std::size_t bytes = 0;
  while (!urgent.empty() && group.size() < kGroupRequests && bytes < kGroupBytes) {
    bytes += urgent.front()->bytes();
    group.splice(group.end(), urgent, urgent.begin());
  }
  as = dispatching();
  return true;
}

void StoreThread::State_::turn(const Dispatching& as) {
  expire();
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
void StoreThread::State_::note_locked(bool locked) {
  if (!locked) {
    locked_since = kNoDeadline;
  } else if (locked_since == kNoDeadline) {
    locked_since = Clock::now();
  } else if (Clock::now() - locked_since > kLockedLong) {
    note_failure(store->locked(), 0);
  }
}

void StoreThread::State_::expire() {
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

Error StoreThread::State_::too_late() const {
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
bool StoreThread::State_::transact(const Dispatching& as) {
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

void StoreThread::State_::settle_committed(bool synced) {
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

void StoreThread::State_::settle_failed(const Error& error) {
  std::uint64_t refused = 0;
  while (!group.empty()) {
    Request& request = *group.front();
    refused += request.inserted_id() != nullptr ? 1U : 0U;
    const bool again = request.must_succeed();
    if (again) {
      retry_at = std::min(retry_at, after(Clock::now(), kRetry));
    } else {
      request.failed(error);
    }
    Requests& where = again ? unwritten : settled;
    where.splice(where.end(), group, group.begin());
  }
  note_failure(error, refused);
}

/// Something of the file is damaged: only what needs that fails.
void StoreThread::State_::isolate(const Dispatching& as) {
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
void StoreThread::State_::make_step(const Dispatching& as) {
  {
    const std::lock_guard<std::mutex> guard(mutex);
    // What was asked for before it may decide what it finds: what was given back waits.
    if (slow.empty() || (!urgent.empty() && urgent.front()->order < slow.front()->order)) {
      return;
    }
    group.splice(group.end(), slow, slow.begin());
  }
  tidy_wanted = true;
  if (!group.front()->needs_transaction()) {
    handle_alone();
    return;
  }
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

void StoreThread::State_::handle_alone() {
  Request& request = *group.front();
  Dispatching none;
  if (Result<void> handled = request.handle(*store, none); !handled) {
    note_failure(handled.error(), 0);
    request.failed(std::move(handled.error()));
  }
  settled.splice(settled.end(), group);
}

void StoreThread::State_::put_back(Requests& queue) {
  const std::lock_guard<std::mutex> guard(mutex);
  queue.splice(queue.begin(), group);
}

void StoreThread::State_::publish(bool synced, std::uint64_t inserted) {
  std::map<std::string, Counts, std::less<>> now = store->counts();
  const std::lock_guard<std::mutex> guard(mutex);
  counts.swap(now);
  figures.commits += synced ? 1U : 0U;
  figures.inserted += inserted;
  figures.failure = tidy_failure;
}

void StoreThread::State_::note_failure(const Error& error, std::uint64_t refused) {
  const std::lock_guard<std::mutex> guard(mutex);
  figures.refused += refused;
  figures.failure = error.message;
}

/// What comes with time: the sync of what was committed without one, and the log brought home.
void StoreThread::State_::keep_up() {
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
  if (++since_tidy < kTidyEvery && !tidy_wanted) {
    return;
  }
  since_tidy = 0;
  const Result<bool> more = store->tidy();
  tidy_wanted = more && *more;
  tidy_failure.reset();
  if (!more) {
    tidy_failure = more.error().message;
    note_failure(more.error(), 0);
  }
}

void StoreThread::State_::hand_over() {
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
  const std::lock_guard<std::mutex> guard(mutex);
  queued_bytes -= bytes;
  if (tell) {
    told.splice(told.end(), settled);
    const std::uint64_t count = 1;
    static_cast<void>(::write(event.get(), &count, sizeof(count)));
  }
}

void StoreThread::State_::out_of_memory_in_turn() noexcept {
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

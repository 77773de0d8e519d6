// SPDX-License-Identifier: GPL-2.0-or-later
#include "stored/store_thread.h"

#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "base/signals_blocked.h"
#include "base/unique_fd.h"
#include "stored/dispatcher_lock.h"
#include "stored/store.h"
#include "stored/store_requests.h"
#include "stored/store_worker.h"

namespace kamexec::stored {
namespace {

// Lists and changes that wait: a person makes a few.
constexpr std::size_t kMostSlow = 256;

// Requests for which the thread begins before wake(): it writes them while the others are read.
constexpr std::size_t kEnoughToBegin = 16;

std::uint64_t size_of(const std::string& path) {
  struct stat file {};
  return ::stat(path.c_str(), &file) == 0 ? static_cast<std::uint64_t>(file.st_size) : 0;
}

}  // namespace

Result<std::unique_ptr<StoreThread>> StoreThread::open(const StoreOptions& options) {
  auto worker = std::make_unique<StoreWorker>();
  worker->options = options;
  worker->event = UniqueFd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!worker->event.valid()) {
    return system_failure("can't open the store: eventfd", errno);
  }
  Result<std::unique_ptr<Store>> store = Store::open(options.directory);
  if (!store) {
    return tl::unexpected(store.error());
  }
  worker->store = std::move(*store);
  worker->reserve.emplace(options.directory);
  worker->counts = worker->store->counts();
  worker->figures.path = worker->store->path();
  StoreWorker* const running = worker.get();
  std::unique_ptr<StoreThread> opened(new StoreThread(std::move(worker)));
  try {
    const SignalsBlocked blocked;
    running->thread = std::thread([running] { running->run(); });
  } catch (const std::system_error& error) {
    return system_failure("can't open the store: can't start its thread", error.code().value());
  }
  return opened;
}

StoreThread::StoreThread(std::unique_ptr<StoreWorker> worker) : worker_(std::move(worker)) {}

StoreThread::~StoreThread() {
  {
    const std::lock_guard<std::mutex> guard(worker_->mutex);
    worker_->stop = true;
  }
  worker_->wake.notify_one();
  if (worker_->thread.joinable()) {
    worker_->thread.join();
  }
}

int StoreThread::fd() const {
  return worker_->event.get();
}

void StoreThread::step() {
  std::uint64_t count = 0;
  static_cast<void>(::read(worker_->event.get(), &count, sizeof(count)));
  StoreWorker::Requests told;
  {
    const std::lock_guard<std::mutex> guard(worker_->mutex);
    told.swap(worker_->told);
  }
  for (; !told.empty(); told.pop_front()) {
    Dispatching as;
    {
      const std::lock_guard<std::mutex> guard(worker_->mutex);
      as = worker_->dispatching();
    }
    told.front()->tell(as);
  }
}

void StoreThread::wake() {
  if (std::exchange(worker_->posted, 0) > 0) {
    worker_->wake.notify_one();
  }
}

bool StoreThread::wants_wake() const {
  return worker_->posted > 0;
}

void StoreWorker::post(Requests& queue, std::unique_ptr<Request> request) {
  const std::size_t bytes = request->bytes();
  Requests one;
  one.push_back(std::move(request));
  {
    const std::lock_guard<std::mutex> guard(mutex);
    queued_bytes += bytes;
    one.front()->order = ++last_order;
    queue.splice(queue.end(), one);
  }
  if (!options.waits_for_wake || ++posted >= kEnoughToBegin) {
    posted = 0;
    wake.notify_one();
  }
}

void StoreWorker::refuse(std::unique_ptr<Request> request, std::string why) {
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
  StoreWorker& worker = *worker_;
  auto request =
      std::make_unique<InsertRequest>(std::move(notification), take, deadline, std::move(done));
  bool full = false;
  {
    const std::lock_guard<std::mutex> guard(worker.mutex);
    full = worker.queued_bytes + request->bytes() > worker.options.most_queued_bytes;
    worker.figures.refused += full ? 1U : 0U;
  }
  if (full) {
    worker.refuse(std::move(request),
                  "more than " + std::to_string(worker.options.most_queued_bytes >> 20U) +
                      " MiB of calls wait to be written to " + worker.figures.path +
                      ": the disk is slower than the calls come");
    return;
  }
  worker.post(worker.urgent, std::move(request));
}

bool StoreThread::withdraw(std::string_view id) {
  StoreWorker::Requests one;
  const std::lock_guard<std::mutex> guard(worker_->mutex);
  const auto found =
      std::find_if(worker_->urgent.begin(), worker_->urgent.end(), [id](const auto& request) {
        return request->inserted_id() != nullptr && *request->inserted_id() == id;
      });
  if (found == worker_->urgent.end()) {
    return false;
  }
  worker_->queued_bytes -= (*found)->bytes();
  one.splice(one.end(), worker_->urgent, found);
  return true;
}

void StoreThread::attempted(Attempted what) {
  worker_->post(worker_->urgent, std::make_unique<AttemptedRequest>(std::move(what)));
}

void StoreThread::give_back(std::vector<std::string> ids) {
  worker_->post(worker_->urgent, std::make_unique<GiveBackRequest>(std::move(ids)));
}

void StoreThread::take(std::string program, std::size_t most, std::size_t most_bytes, WallTime now,
                       Completion<Taken> done) {
  worker_->post(worker_->urgent, std::make_unique<TakeRequest>(std::move(program), most, most_bytes,
                                                               now, std::move(done)));
}

template <typename Made, typename... Arguments>
void StoreWorker::post_slow(Arguments&&... arguments) {
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
  worker_->post_slow<ListRequest>(std::move(which), std::move(done));
}

void StoreThread::retry(Selection which, Completion<std::size_t> done) {
  worker_->post_slow<ChangeRequest>(ChangeRequest::Change::retry, std::move(which),
                                    std::move(done));
}

void StoreThread::drop(Selection which, Completion<std::size_t> done) {
  worker_->post_slow<ChangeRequest>(ChangeRequest::Change::drop, std::move(which), std::move(done));
}

void StoreThread::purge(std::string program, WallTime done_before, WallTime dead_before) {
  worker_->post_slow<PurgeRequest>(std::move(program), done_before, dead_before);
}

Result<bool> StoreThread::become_dispatcher() {
  StoreWorker& worker = *worker_;
  {
    const std::lock_guard<std::mutex> guard(worker.mutex);
    if (worker.holds || worker.lock.valid()) {
      return worker.holds;  // one that leaves has the lock until all is written
    }
  }
  Result<UniqueFd> lock = lock_dispatcher(worker.options.directory);
  if (!lock) {
    return tl::unexpected(lock.error());
  }
  if (!lock->valid()) {
    return false;
  }
  StoreWorker::Requests one;
  one.push_back(
      std::make_unique<GiveBackAllRequest>(false, [raw = worker_.get()] { raw->owns = true; }));
  {
    const std::lock_guard<std::mutex> guard(worker.mutex);
    worker.lock = std::move(*lock);
    worker.holds = true;
    worker.urgent.splice(worker.urgent.end(), one);
  }
  worker.wake.notify_one();
  return true;
}

bool StoreThread::is_dispatcher() const {
  const std::lock_guard<std::mutex> guard(worker_->mutex);
  return worker_->holds;
}

void StoreThread::leave_dispatcher() {
  StoreWorker& worker = *worker_;
  StoreWorker::Requests one;
  one.push_back(std::make_unique<GiveBackAllRequest>(true, [raw = worker_.get()] {
    raw->owns = false;
    const std::lock_guard<std::mutex> guard(raw->mutex);
    raw->lock.reset();
  }));
  {
    const std::lock_guard<std::mutex> guard(worker.mutex);
    if (!worker.holds) {
      return;
    }
    worker.holds = false;
    ++worker.turns;
    worker.urgent.splice(worker.urgent.end(), one);
  }
  worker.wake.notify_one();
}

std::map<std::string, Counts, std::less<>> StoreThread::counts() const {
  const std::lock_guard<std::mutex> guard(worker_->mutex);
  return worker_->counts;
}

Counts StoreThread::counts(std::string_view program) const {
  const std::lock_guard<std::mutex> guard(worker_->mutex);
  const auto found = worker_->counts.find(program);
  return found == worker_->counts.end() ? Counts() : found->second;
}

StoreFigures StoreThread::figures() const {
  StoreFigures figures;
  {
    const std::lock_guard<std::mutex> guard(worker_->mutex);
    figures = worker_->figures;
  }
  figures.bytes = size_of(figures.path) + size_of(figures.path + "-wal");
  return figures;
}

}  // namespace kamexec::stored

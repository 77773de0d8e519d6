// SPDX-License-Identifier: GPL-2.0-or-later
#include "kamailio/async/job_list.h"

#include <new>

#include "kamailio/host/host_process.h"

namespace kamexec::module {
namespace {

class Held {
 public:
  explicit Held(HostLock* lock) : lock_(lock) { host_lock_take(lock_); }
  ~Held() { host_lock_release(lock_); }
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;

 private:
  HostLock* lock_;
};

}  // namespace

Result<JobList> JobList::create() {
  JobList list;
  list.lock_ = host_lock_create();
  void* memory = host_shared_allocate(sizeof(Ends));
  if (list.lock_ == nullptr || memory == nullptr) {
    return failure("no shared memory for the list of asynchronous calls");
  }
  list.ends_ = new (memory) Ends;
  return list;
}

void JobList::add(AsyncJob& job) {
  const Held held(lock_);
  job.previous = ends_->last;
  job.next = nullptr;
  (ends_->last != nullptr ? ends_->last->next : ends_->first) = &job;
  ends_->last = &job;
}

void JobList::remove(AsyncJob& job) {
  const Held held(lock_);
  (job.previous != nullptr ? job.previous->next : ends_->first) = job.next;
  (job.next != nullptr ? job.next->previous : ends_->last) = job.previous;
}

std::vector<JobView> JobList::look(std::size_t most) const {
  std::vector<JobView> views;
  views.reserve(most);  // no memory is asked for while others wait for the lock but the labels'
  const TimePoint now = Clock::now();
  const Held held(lock_);
  for (const AsyncJob* job = ends_->first; job != nullptr && views.size() < most; job = job->next) {
    JobView view;
    view.id = job->id;
    view.function = job->function;
    view.waiter = job->waiter;
    view.label = job->label;
    view.age_ms =
        std::chrono::duration_cast<std::chrono::milliseconds>(now - job->requested).count();
    view.timeout_ms = job->timeout().count();
    view.bytes = job->size;
    views.push_back(std::move(view));
  }
  return views;
}

bool JobList::has(AsyncId id) const {
  const Held held(lock_);
  const AsyncJob* job = ends_->first;
  while (job != nullptr && job->id != id) {
    job = job->next;
  }
  return job != nullptr;
}

}  // namespace kamexec::module

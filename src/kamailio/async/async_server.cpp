// SPDX-License-Identifier: GPL-2.0-or-later
#include "kamailio/async/async_server.h"

#include <memory>
#include <new>

#include "kamailio/host/host_process.h"
#include "kamailio/state/state.h"

namespace kamexec::module {
AsyncServer* AsyncServer::get() {
  return server_state().async;
}

Result<void> AsyncServer::create(const AsyncLimits& limits) {
  auto server = std::make_unique<AsyncServer>();
  server->limits_ = limits;
  void* memory = host_shared_allocate(sizeof(Shared));
  if (memory == nullptr) {
    return failure("no shared memory for asynchronous calls");
  }
  server->shared_ = new (memory) Shared;
  Result<JobList> jobs = JobList::create();
  if (!jobs) {
    return tl::unexpected<Error>(std::move(jobs.error()));
  }
  server->jobs_ = *jobs;
  for (int i = 0; i < limits.processes; ++i) {
    // Room for every job and a cancel of each, so that neither has to wait.
    Result<AsyncChannel> channel =
        AsyncChannel::create(2 * (limits.calls.most() + limits.unattended.most()));
    if (!channel) {
      return tl::unexpected<Error>(std::move(channel.error()));
    }
    server->channels_.push_back(std::move(*channel));
  }
  server_state().async = server.release();
  return {};
}

AsyncId AsyncServer::enter(Waiter waiter) {
  std::atomic<std::uint32_t>& count = counter(waiter);
  if (count.fetch_add(1) >= limits_.of(waiter).most()) {
    count.fetch_sub(1);
    return 0;
  }
  return shared_->last_id.fetch_add(1) + 1;
}

void AsyncServer::begin(AsyncJob& job) {
  jobs_.add(job);
  job.on_end = [](AsyncJob& ended) { AsyncServer::get()->end(ended); };
}

void AsyncServer::end(AsyncJob& job) {
  if (job.on_end != nullptr) {
    job.on_end = nullptr;
    jobs_.remove(job);
    leave(job.waiter);
  }
}

void AsyncServer::wake_all() const {
  for (const AsyncChannel& channel : channels_) {
    channel.wake();
  }
}

void AsyncServer::leave(Waiter waiter) {
  counter(waiter).fetch_sub(1);
}

}  // namespace kamexec::module

// SPDX-License-Identifier: GPL-2.0-or-later
// What RPC asks of asynchronous calls.
#include <exception>

#include "kamailio/async/async_server.h"
#include "kamailio/boundary/entry_points.h"
#include "kamailio/host/log.h"

int kamexec_jobs(size_t most, void (*sink)(void* context, const KamexecJobView* job),
                 void* context) {
  try {
    const kamexec::AsyncServer* server = kamexec::AsyncServer::get();
    if (server == nullptr) {
      return 0;
    }
    for (const kamexec::JobView& job : server->jobs().look(most)) {
      const KamexecJobView view = {job.id,
                                   job.label.data(),
                                   job.label.size(),
                                   static_cast<unsigned long>(job.age_ms),
                                   static_cast<unsigned long>(job.timeout_ms),
                                   job.bytes,
                                   job.waiter == kamexec::Waiter::transaction ? 1 : 0};
      sink(context, &view);
    }
    return 0;
  } catch (const std::exception& e) {
    kamexec::log_error(e.what());
    return -1;
  }
}

int kamexec_job_kill(unsigned long id) {
  const kamexec::AsyncServer* server = kamexec::AsyncServer::get();
  if (server == nullptr || !server->jobs().has(id)) {
    return -1;
  }
  server->channel_of(id).send_cancel(id);
  return 0;
}

long kamexec_async_under_way(void) {
  const kamexec::AsyncServer* server = kamexec::AsyncServer::get();
  return server != nullptr ? static_cast<long>(server->under_way(kamexec::Waiter::transaction)) +
                                 kamexec_cmd_async_under_way()
                           : 0;
}

long kamexec_cmd_async_under_way(void) {
  const kamexec::AsyncServer* server = kamexec::AsyncServer::get();
  return server != nullptr ? static_cast<long>(server->under_way(kamexec::Waiter::nobody)) : 0;
}

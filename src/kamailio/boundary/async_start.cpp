// SPDX-License-Identifier: GPL-2.0-or-later
// Asynchronous calls: set up and started with the server.
#include "kamailio/async/async_server.h"
#include "kamailio/async/job_process.h"
#include "kamailio/boundary/entry_points.h"
#include "kamailio/host/host_process.h"
#include "kamailio/host/host_transaction.h"
#include "kamailio/host/log.h"
#include "kamailio/state/settings.h"

int kamexec_async_init(int found) {
  kamexec::AsyncLimits limits = kamexec::settings().async;
  if (limits.processes < 0) {
    limits.processes = found != 0 ? 1 : 0;
  }
  if (limits.processes == 0) {
    return 0;
  }
  // Calls of the configuration have been looked at; a script engine's can't be.
  if (host_transactions_bind() < 0 && found == 0) {
    kamexec::log_warning(
        "tm is not loaded: of the asynchronous functions only exec_cmd_async works");
  }
  if (const kamexec::Result<void> made = kamexec::AsyncServer::create(limits); !made) {
    kamexec::log_error(made.error().message);
    return -1;
  }
  host_processes_reserve(limits.processes);
  return 0;
}

int kamexec_async_start(void) {
  const kamexec::AsyncServer* server = kamexec::AsyncServer::get();
  for (int i = 0; server != nullptr && i < server->limits().processes; ++i) {
    if (host_process_fork("exec command runner", kamexec::run_job_process, i) < 0) {
      kamexec::log_error("a process for asynchronous calls could not be started");
      return -1;
    }
  }
  return 0;
}

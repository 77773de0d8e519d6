// SPDX-License-Identifier: GPL-2.0-or-later
// Entry points of the server's start and end.
#include <exception>
#include <memory>
#include <string>

#include "kamailio/async/async_server.h"
#include "kamailio/async/job_process.h"
#include "kamailio/boundary/entry_points.h"
#include "kamailio/host/guard.h"
#include "kamailio/host/host_process.h"
#include "kamailio/host/host_transaction.h"
#include "kamailio/programs/called_programs.h"
#include "kamailio/programs/named_programs.h"
#include "kamailio/state/settings.h"
#include "process/call_marker.h"
#include "process/cgroup_sweep.h"
#include "process/orphans.h"
#include "process/process_table.h"
#include "process/running_marks.h"

namespace kamexec::module {
namespace {

/// Commands whose marks are kept, 8 bytes of shared memory each: more than run at once. One beyond
/// them that makes a session of its own may outlive a server that ends in the midst of a route.
constexpr std::size_t kRunningMarks = 1024;

/// Never freed: it is the server's until its end.
void share_marks() {
  auto* marks = static_cast<process::SharedMark*>(
      host_shared_allocate(kRunningMarks * sizeof(process::SharedMark)));
  if (marks == nullptr) {
    log_warning("no shared memory for the marks of commands that run");
    return;
  }
  std::uninitialized_value_construct_n(marks, kRunningMarks);
  process::share_running_marks(marks, kRunningMarks);
}

/// Without /proc a deadline reaches the process group of a program, and no further.
void warn_without_proc() {
  process::ProcessTable table;
  static_cast<void>(table.entries());
  if (!table.blind().empty()) {
    log_warning("a program's descendants can't be found (" + table.blind() +
                "): one in a session of its own outlives the deadline and the server; mount "
                "/proc where the server runs, in its chroot too");
  }
}

int init_async(bool found) {
  AsyncLimits limits = settings().async;
  if (limits.processes < 0) {
    limits.processes = found ? 1 : 0;
  }
  if (limits.processes == 0) {
    return 0;
  }
  // Calls of the configuration have been looked at; a script engine's can't be.
  if (host_transactions_bind() < 0 && !found) {
    log_warning("tm is not loaded: only exec_cmd_async works of the asynchronous functions");
  }
  if (const Result<void> made = AsyncServer::create(limits); !made) {
    log_error(made.error().message);
    return -1;
  }
  host_processes_reserve(limits.processes);
  return 0;
}

int start_async() {
  const AsyncServer* server = AsyncServer::get();
  for (int i = 0; server != nullptr && i < server->limits().processes; ++i) {
    if (host_process_fork("exec command runner", run_job_process, i) < 0) {
      log_error("a process for asynchronous calls could not be started");
      return -1;
    }
  }
  return 0;
}

}  // namespace
}  // namespace kamexec::module

using namespace kamexec::module;

using namespace kamexec;

int kamexec_async_init(int found) noexcept {
  return guarded([found] { return init_async(found != 0); }, -1);
}

int kamexec_async_start(void) noexcept {
  return guarded([] { return start_async(); }, -1);
}

void kamexec_programs_start(void) noexcept {
  guarded([] { start_called_pools(CalledBy::sip_worker); });
}

void kamexec_warn_of_surroundings(void) noexcept {
  guarded([] {
    kamexec::process::make_markers_our_own();
    share_marks();
    warn_without_proc();
  });
}

void kamexec_end_what_is_left(void) noexcept {
  guarded([] {
    static_cast<void>(kamexec::process::end_orphans(settings().run.stop));
    for (const auto& [name, program] : named_programs().all()) {
      if (program.place.cgroup != nullptr) {
        kamexec::process::remove_abandoned_cgroups(program.place.cgroup->fd());
      }
    }
  });
}

// SPDX-License-Identifier: GPL-2.0-or-later
// The server's start and end: what its surroundings don't let the module promise, and what workers
// leave behind.
#include <exception>
#include <string>

#include "kamailio/log.h"
#include "kamailio/module.h"
#include "kamailio/settings.h"
#include "process/call_marker.h"
#include "process/left_by_workers.h"
#include "process/process_table.h"

namespace kamexec {
namespace {

/// Without /proc a deadline reaches the process group of a program, and no further.
void warn_without_proc() {
  ProcessTable table;
  static_cast<void>(table.entries());
  if (!table.blind().empty()) {
    log_warning(
        "a program's descendants can't be looked for (" + table.blind() +
        "): one that makes a session of its own outlives the deadline and the server; mount "
        "/proc where the server runs, in its chroot too");
  }
}

}  // namespace
}  // namespace kamexec

void kx_warn_of_surroundings(void) {
  try {
    kamexec::make_markers_our_own();
    kamexec::warn_without_proc();
  } catch (const std::exception& e) {
    kamexec::log_error(e.what());
  }
}

void kx_end_left_by_workers(void) {
  try {
    static_cast<void>(kamexec::end_left_by_workers(kamexec::settings().run.stop));
  } catch (const std::exception& e) {
    kamexec::log_error(e.what());
  }
}

// SPDX-License-Identifier: GPL-2.0-or-later
// The server's start and end: what its surroundings don't let the module promise, and what other
// processes leave behind.
#include <exception>
#include <memory>
#include <string>

#include "kamailio/boundary/entry_points.h"
#include "kamailio/host/host_process.h"
#include "kamailio/host/log.h"
#include "kamailio/state/settings.h"
#include "process/call_marker.h"
#include "process/left_at_end.h"
#include "process/process_table.h"
#include "process/running_marks.h"

namespace kamexec {
namespace {

/// Commands whose marks are kept, 8 bytes of shared memory each: more than run at once. One beyond
/// them that makes a session of its own may outlive a server that ends in the midst of a route.
constexpr std::size_t kRunningMarks = 1024;

/// Never freed: it is the server's until its end.
void share_marks() {
  auto* marks = static_cast<SharedMark*>(host_shared_allocate(kRunningMarks * sizeof(SharedMark)));
  if (marks == nullptr) {
    log_warning("no shared memory for the marks of commands that run");
    return;
  }
  std::uninitialized_value_construct_n(marks, kRunningMarks);
  share_running_marks(marks, kRunningMarks);
}

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

void kamexec_warn_of_surroundings(void) {
  try {
    kamexec::make_markers_our_own();
    kamexec::share_marks();
    kamexec::warn_without_proc();
  } catch (const std::exception& e) {
    kamexec::log_error(e.what());
  }
}

void kamexec_end_what_is_left(void) {
  try {
    static_cast<void>(kamexec::end_what_is_left(kamexec::settings().run.stop));
  } catch (const std::exception& e) {
    kamexec::log_error(e.what());
  }
}

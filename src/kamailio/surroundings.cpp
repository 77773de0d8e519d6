// SPDX-License-Identifier: GPL-2.0-or-later
// What the server's surroundings don't let the module promise.
#include <exception>
#include <string>

#include "kamailio/log.h"
#include "kamailio/module.h"
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
    kamexec::warn_without_proc();
  } catch (const std::exception& e) {
    kamexec::log_error(e.what());
  }
}

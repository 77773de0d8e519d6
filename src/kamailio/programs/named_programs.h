// SPDX-License-Identifier: GPL-2.0-or-later
// The programs that the configuration names: modparam("exec", "program", "name=…; run=…").
#pragma once

#include "kamailio/state/state.h"

namespace kamexec::module {

/// Filled while the configuration loads, constant afterwards: a Program has one address in all
/// processes of the server.
[[nodiscard]] inline program::Programs& named_programs() {
  return server_state().programs;
}

}  // namespace kamexec::module

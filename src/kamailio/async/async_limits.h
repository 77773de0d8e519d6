// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>

namespace kamexec {

struct AsyncLimits {
  int processes = -1;               ///< of the module's own; 0: no asynchronous calls
  std::size_t most_running = 64;    ///< commands at once, in all processes together
  std::size_t most_waiting = 1024;  ///< commands that wait for their turn
};

}  // namespace kamexec

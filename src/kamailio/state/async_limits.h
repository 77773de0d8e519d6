// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>

namespace kamexec::module {

/// Who goes on when an asynchronous command ends.
enum class Waiter {
  transaction,  ///< a caller's: the route with its results
  nobody,       ///< exec_cmd_async
};
constexpr std::size_t kWaiters = 2;

/// In all of the module's processes together.
struct AsyncSlots {
  std::size_t most_running;  ///< commands at once
  std::size_t most_waiting;  ///< commands that wait for their turn

  [[nodiscard]] std::size_t most() const { return most_running + most_waiting; }
};

/// Each kind has places of its own: what nobody waits for may take its time, and callers must not
/// wait for it.
struct AsyncLimits {
  int processes = -1;               ///< of the module's own; 0: no asynchronous calls
  AsyncSlots calls{64, 1024};       ///< Waiter::transaction
  AsyncSlots unattended{32, 1024};  ///< Waiter::nobody

  [[nodiscard]] const AsyncSlots& of(Waiter waiter) const {
    return waiter == Waiter::transaction ? calls : unattended;
  }
};

}  // namespace kamexec::module

// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <chrono>
#include <cstddef>

#include "base/clock.h"

namespace kamexec::pool {

/// A circuit breaker: refuses calls for a while when too many in a row have failed, then lets one
/// through as a trial and goes by its result. Not thread-safe.
class Breaker {
 public:
  /// @p failures in a row open it for @p time; 0: it never opens.
  Breaker(std::size_t failures, std::chrono::milliseconds time)
      : most_failures_(failures), time_(time) {}

  enum class Pass { yes, trial, no };

  /// For a call that comes now. Each yes or trial is answered by one of the three below.
  [[nodiscard]] Pass admit(TimePoint now);

  void succeeded();
  /// True when this failure opened it.
  bool failed(Pass pass, TimePoint now);
  /// The call never reached a worker: it says nothing of them.
  void abandoned(Pass pass);

  [[nodiscard]] bool is_open() const { return open_; }

 private:
  std::size_t most_failures_;
  std::chrono::milliseconds time_;
  std::size_t failures_ = 0;
  bool open_ = false;
  bool trial_under_way_ = false;
  TimePoint until_{};
};

}  // namespace kamexec::pool

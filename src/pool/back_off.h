// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <chrono>

#include "base/clock.h"

namespace kamexec::pool {

/// When a worker may be started again after others could not. The first failure costs nothing, each
/// one after it in a row doubles the wait. Failures within one wait are one event (many workers
/// that a stalled database takes down together). Not thread-safe.
class BackOff {
 public:
  BackOff(std::chrono::milliseconds first, std::chrono::milliseconds most)
      : first_(first), most_(most) {}

  void failed(TimePoint now);
  void succeeded();
  [[nodiscard]] bool may_start(TimePoint now) const { return now >= until_; }
  /// The past where there is nothing to wait for.
  [[nodiscard]] TimePoint until() const { return until_; }

 private:
  std::chrono::milliseconds first_;
  std::chrono::milliseconds most_;
  bool failing_ = false;
  std::chrono::milliseconds pause_{0};
  TimePoint until_ = TimePoint::min();
};

}  // namespace kamexec::pool

// SPDX-License-Identifier: GPL-2.0-or-later
// What the service manager is told: sd_notify(3), sd_watchdog_enabled(3). Without one, nothing
// happens.
#pragma once

#include <string>

#include "base/clock.h"

namespace kamexec::daemon {

class ServiceManager {
 public:
  ServiceManager();

  void ready(const std::string& status);
  void reloading();
  void stopping(const std::string& status);

  /// When sign_of_life() is wanted; kNoDeadline: never.
  [[nodiscard]] TimePoint wake_at() const { return next_sign_; }
  /// Tells the watchdog that the loop goes round, where it is time.
  void sign_of_life(TimePoint now);

 private:
  Clock::duration interval_{0};  ///< 0: there is no watchdog
  TimePoint next_sign_ = kNoDeadline;
};

}  // namespace kamexec::daemon

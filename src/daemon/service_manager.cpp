// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/service_manager.h"

#include <systemd/sd-daemon.h>

#include <cstdint>

namespace kamexec::daemon {

ServiceManager::ServiceManager() {
  std::uint64_t microseconds = 0;
  if (::sd_watchdog_enabled(0, &microseconds) > 0) {
    interval_ = std::chrono::microseconds(microseconds) / 2;
    next_sign_ = Clock::now();
  }
}

void ServiceManager::ready(const std::string& status) {
  ::sd_notify(0, ("READY=1\nSTATUS=" + status).c_str());
}

void ServiceManager::reloading() {
  // MONOTONIC_USEC is what Type=notify-reload asks for.
  const auto now =
      std::chrono::duration_cast<std::chrono::microseconds>(Clock::now().time_since_epoch());
  ::sd_notify(0, ("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(now.count())).c_str());
}

void ServiceManager::stopping(const std::string& status) {
  ::sd_notify(0, ("STOPPING=1\nSTATUS=" + status).c_str());
}

void ServiceManager::sign_of_life(TimePoint now) {
  if (now >= next_sign_) {
    next_sign_ = now + interval_;
    ::sd_notify(0, "WATCHDOG=1");
  }
}

}  // namespace kamexec::daemon

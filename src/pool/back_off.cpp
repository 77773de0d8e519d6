// SPDX-License-Identifier: GPL-2.0-or-later
#include "pool/back_off.h"

#include <algorithm>

namespace kamexec::pool {

void BackOff::failed(TimePoint now) {
  if (!may_start(now)) {
    return;
  }
  if (!failing_) {
    failing_ = true;
    return;
  }
  pause_ = pause_.count() == 0 ? std::min(first_, most_) : std::min(pause_ * 2, most_);
  until_ = after(now, pause_);
}

void BackOff::succeeded() {
  failing_ = false;
  pause_ = std::chrono::milliseconds(0);
  until_ = TimePoint::min();
}

}  // namespace kamexec::pool

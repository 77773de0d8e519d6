// SPDX-License-Identifier: GPL-2.0-or-later
#include "pool/breaker.h"

namespace kamexec::pool {

Breaker::Pass Breaker::admit(TimePoint now) {
  if (!open_) {
    return Pass::yes;
  }
  if (now < until_ || trial_under_way_) {
    return Pass::no;
  }
  trial_under_way_ = true;
  return Pass::trial;
}

void Breaker::succeeded() {
  failures_ = 0;
  open_ = false;
  trial_under_way_ = false;
}

bool Breaker::failed(Pass pass, TimePoint now) {
  if (pass == Pass::trial) {
    trial_under_way_ = false;
  } else if (open_) {  // admitted before it opened: known by now
    return false;
  }
  ++failures_;
  if (most_failures_ == 0 || failures_ < most_failures_) {
    return false;
  }
  open_ = true;
  until_ = after(now, time_);
  return true;
}

void Breaker::abandoned(Pass pass) {
  if (pass == Pass::trial) {
    trial_under_way_ = false;
  }
}

}  // namespace kamexec::pool

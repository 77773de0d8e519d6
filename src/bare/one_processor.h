// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sched.h>

namespace kamexec::bare {

/// While this lives, this thread and what it starts run on the processor that it runs on now. For
/// what two processes take together: waking another processor costs more than all else, and the
/// scheduler decides whether one is woken. Does nothing where it may not.
class OneProcessor {
 public:
  OneProcessor() : known_(::sched_getaffinity(0, sizeof before_, &before_) == 0) {
    const int now = ::sched_getcpu();
    if (!known_ || now < 0) {
      return;
    }
    cpu_set_t here;
    CPU_ZERO(&here);
    CPU_SET(static_cast<unsigned>(now), &here);
    ::sched_setaffinity(0, sizeof here, &here);
  }
  ~OneProcessor() {
    if (known_) {
      ::sched_setaffinity(0, sizeof before_, &before_);
    }
  }
  OneProcessor(const OneProcessor&) = delete;
  OneProcessor& operator=(const OneProcessor&) = delete;

 private:
  cpu_set_t before_{};
  bool known_;
};

}  // namespace kamexec::bare

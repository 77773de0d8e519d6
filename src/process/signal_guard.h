// SPDX-License-Identifier: GPL-2.0-or-later
// The host's signals while a call waits.
#pragma once

#include <csignal>

#include "base/unique_fd.h"

namespace kamexec {

/// Holds SIGCHLD back (a host's handler must not reap our child first), and SIGTERM and SIGINT too
/// where the host does not ignore them, for this thread and for as long as it lives. They are
/// delivered when it goes: the host's own handlers run then, after the program was ended. The
/// SIGCHLD of our own child is not: it was waited for here, and a host that is told of it takes it
/// for a process of its own (Kamailio's main process then overlooks a SIGTERM that comes
/// meanwhile).
class SignalGuard {
 public:
  SignalGuard();
  ~SignalGuard();
  SignalGuard(const SignalGuard&) = delete;
  SignalGuard& operator=(const SignalGuard&) = delete;

  /// Readable when the host has been told to end. Only to be polled: reading would take the signal
  /// away. -1 when there is none (no descriptor left, or the host ignores both signals).
  [[nodiscard]] int stop_fd() const { return stop_fd_.get(); }

 private:
  sigset_t mask_before_;
  bool child_signal_before_ = false;  ///< a SIGCHLD was waiting already: it is the host's
  UniqueFd stop_fd_;
};

}  // namespace kamexec

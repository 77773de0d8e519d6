// SPDX-License-Identifier: GPL-2.0-or-later
// The host's signals while a call waits.
#pragma once

#include <chrono>
#include <csignal>

#include "base/unique_fd.h"

namespace kamexec::process {

/// Tells that signals are waiting which this thread has blocked: those that end the host.
class StopSignals {
 public:
  /// How long a wait may last where there is no descriptor to tell of it.
  static constexpr std::chrono::milliseconds kCheckInterval{20};

  /// None: never told.
  StopSignals() { sigemptyset(&signals_); }
  /// @p signals: blocked by the caller, for as long as this lives.
  explicit StopSignals(const sigset_t& signals);

  /// Readable when told(). Only to be polled: reading would take the signal away. -1 where there is
  /// none (no descriptor left, or a sandbox that refuses signalfd(2)): told() is to be asked then,
  /// every kCheckInterval.
  [[nodiscard]] int fd() const { return fd_.get(); }
  [[nodiscard]] bool told() const;

 private:
  sigset_t signals_;
  UniqueFd fd_;
};

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

  /// Of the host, but for those of both signals that it ignores.
  [[nodiscard]] const StopSignals& stop() const { return stop_; }

 private:
  sigset_t mask_before_;
  bool child_signal_before_ = false;  ///< a SIGCHLD was waiting already: it is the host's
  StopSignals stop_;
};

}  // namespace kamexec::process

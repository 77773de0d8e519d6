// SPDX-License-Identifier: GPL-2.0-or-later
#include "process/signal_guard.h"

#include <sys/signalfd.h>
#include <sys/wait.h>

#include <cerrno>

namespace kamexec::process {
namespace {

/// A signal that is blocked waits even if it is ignored: it would look like a wish to stop.
bool is_ignored(int signal) {
  struct sigaction action {};
  return sigaction(signal, nullptr, &action) == 0 && (action.sa_flags & SA_SIGINFO) == 0 &&
         action.sa_handler == SIG_IGN;
}

bool child_signal_is_pending() {
  sigset_t pending;
  sigemptyset(&pending);
  return sigpending(&pending) == 0 && sigismember(&pending, SIGCHLD) == 1;
}

/// Another child of this process has ended, and nobody has waited for it.
bool other_child_has_ended() {
  siginfo_t info{};
  return ::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid != 0;
}

void take_child_signal() {
  sigset_t child;
  sigemptyset(&child);
  sigaddset(&child, SIGCHLD);
  const timespec at_once{0, 0};
  while (::sigtimedwait(&child, nullptr, &at_once) < 0 && errno == EINTR) {
  }
  // One signal may stand for several children.
  if (other_child_has_ended()) {
    ::raise(SIGCHLD);
  }
}

}  // namespace

StopSignals::StopSignals(const sigset_t& signals)
    : signals_(signals), fd_(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK)) {}

bool StopSignals::told() const {
  sigset_t pending;
  sigemptyset(&pending);
  if (sigpending(&pending) < 0) {
    return false;
  }
  for (const int signal : {SIGTERM, SIGINT}) {
    if (sigismember(&signals_, signal) == 1 && sigismember(&pending, signal) == 1) {
      return true;
    }
  }
  return false;
}

SignalGuard::SignalGuard() {
  sigset_t stop_signals;
  sigset_t held;
  sigemptyset(&stop_signals);
  sigemptyset(&held);
  sigaddset(&held, SIGCHLD);
  for (const int signal : {SIGTERM, SIGINT}) {
    if (is_ignored(signal)) {
      continue;
    }
    sigaddset(&stop_signals, signal);
    sigaddset(&held, signal);
  }
  pthread_sigmask(SIG_BLOCK, &held, &mask_before_);
  child_signal_before_ = child_signal_is_pending();
  // Made anew for each call: a host may close all descriptors, or fork, between two.
  if (sigismember(&held, SIGTERM) == 1 || sigismember(&held, SIGINT) == 1) {
    stop_ = StopSignals(stop_signals);
  }
}

SignalGuard::~SignalGuard() {
  if (!child_signal_before_ && child_signal_is_pending()) {
    take_child_signal();
  }
  pthread_sigmask(SIG_SETMASK, &mask_before_, nullptr);
}

}  // namespace kamexec::process

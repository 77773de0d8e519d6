// SPDX-License-Identifier: GPL-2.0-or-later
#include "process/signal_guard.h"

#include <sys/signalfd.h>

namespace kamexec {
namespace {

/// A signal that is blocked waits even if it is ignored: it would look like a wish to stop.
bool is_ignored(int signal) {
  struct sigaction action {};
  return sigaction(signal, nullptr, &action) == 0 && (action.sa_flags & SA_SIGINFO) == 0 &&
         action.sa_handler == SIG_IGN;
}

}  // namespace

SignalGuard::SignalGuard() {
  sigset_t stop_signals;
  sigset_t held;
  sigemptyset(&stop_signals);
  sigemptyset(&held);
  sigaddset(&held, SIGCHLD);
  for (const int signal : {SIGTERM, SIGINT}) {
    if (is_ignored(signal))
      continue;
    sigaddset(&stop_signals, signal);
    sigaddset(&held, signal);
  }
  pthread_sigmask(SIG_BLOCK, &held, &mask_before_);
  // Made anew for each call: a host may close all descriptors, or fork, between two.
  if (sigismember(&held, SIGTERM) == 1 || sigismember(&held, SIGINT) == 1)
    stop_fd_.reset(::signalfd(-1, &stop_signals, SFD_CLOEXEC | SFD_NONBLOCK));
}

SignalGuard::~SignalGuard() {
  pthread_sigmask(SIG_SETMASK, &mask_before_, nullptr);
}

}  // namespace kamexec

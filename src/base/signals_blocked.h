// SPDX-License-Identifier: GPL-2.0-or-later
// Threads that get no signals.
#pragma once

#include <pthread.h>

#include <csignal>

namespace kamexec {

/// All signals are blocked for the calling thread while this lives, and for ever in the threads
/// that are made meanwhile, which inherit the mask: signals are for the process' main thread.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_{};
};

}  // namespace kamexec

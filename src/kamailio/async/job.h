// SPDX-License-Identifier: GPL-2.0-or-later
// A call on its way from a SIP worker to a process that runs it: one block of shared memory.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string_view>

#include "base/clock.h"
#include "engine/invocation.h"
#include "kamailio/host/host_transaction.h"
#include "kamailio/state/async_limits.h"
#include "kamailio/state/types.h"

namespace kamexec::module {

using AsyncId = std::uint64_t;

/// The beginning of the block; what it points to follows it. Made by one process, read and freed by
/// another: shared memory lies at one address in all processes of the server, and so do parameters
/// and programs of the configuration, which were made before it forked.
struct AsyncJob {
  AsyncId id = 0;
  std::size_t size = 0;  ///< of the whole block, bytes
  KamexecFunction function = KAMEXEC_CMD;
  Waiter waiter = Waiter::nobody;
  HostSuspended suspended{};
  HostRoute route{};

  TimePoint requested{};
  engine::Invocation invocation;  ///< ready to be run, by any process
  /// A program that the service is asked for and the configuration doesn't define: the invocation's
  /// program means nothing to another process then. Empty: it is the configuration's.
  std::string_view asked_program;
  std::string_view label;

  // Where results go: parameters of the configuration …
  HostAvpList* avps = nullptr;
  HostVariable* out = nullptr;
  HostVariable* err = nullptr;
  // … or names that a script engine gave, parsed where they are used.
  std::string_view avp_names;
  std::string_view out_name;
  std::string_view err_name;

  // What a suspension loses, see host_transaction.h; the R-URI is the invocation's.
  std::string_view next_hop;
  std::string_view path;

  /// While it is under way: gives back its slot, and takes it out of the list of all (AsyncServer).
  void (*on_end)(AsyncJob& job) = nullptr;
  AsyncJob* previous = nullptr;  ///< of the list of all jobs, see job_list.h
  AsyncJob* next = nullptr;

  /// From the request to its deadline; 0: it has none.
  [[nodiscard]] std::chrono::milliseconds timeout() const {
    return invocation.deadline == kNoDeadline
               ? std::chrono::milliseconds(0)
               : std::chrono::ceil<std::chrono::milliseconds>(invocation.deadline - requested);
  }
};

struct AsyncJobDeleter {
  void operator()(AsyncJob* job) const;
};
/// Owns the block, in whichever process holds it. With it go its slot and its entry in the list of
/// all, where it is under way.
using AsyncJobPtr = std::unique_ptr<AsyncJob, AsyncJobDeleter>;

/// The block for @p job, with a copy of all that it points to but parameters and the program; empty
/// where shared memory is short.
[[nodiscard]] AsyncJobPtr pack(const AsyncJob& job);

}  // namespace kamexec::module

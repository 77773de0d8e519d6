// SPDX-License-Identifier: GPL-2.0-or-later
// A command on its way from a SIP worker to a process that runs it: one block of shared memory.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "kamailio/host/host_transaction.h"
#include "kamailio/state/async_limits.h"
#include "kamailio/state/types.h"
#include "process/run.h"
#include "program/programs.h"

namespace kamexec {

using AsyncId = std::uint64_t;

/// The fixed part of the block; its texts follow it. Made by one process, read and freed by
/// another.
struct AsyncJob {
  AsyncId id = 0;
  std::size_t size = 0;  ///< of the whole block, bytes
  KamexecFunction function = KAMEXEC_CMD;
  Waiter waiter = Waiter::nobody;
  HostSuspended suspended{};
  HostRoute route{};
  // Parameters of the configuration: made before the server forked, at one address in all
  // processes.
  const Program* program = nullptr;  ///< @name ..., else empty
  HostAvpList* names = nullptr;
  HostVariable* out = nullptr;
  HostVariable* err = nullptr;
  /// While it is under way: gives back its place, and takes it out of the list of all
  /// (AsyncServer).
  void (*on_end)(AsyncJob& job) = nullptr;
  AsyncJob* before = nullptr;  ///< of the list of all jobs, see job_list.h
  AsyncJob* behind = nullptr;
  // How to run it.
  TimePoint requested{};
  std::int64_t timeout_ms = 0;  ///< from then on; 0: none
  std::int64_t grace_ms = 0;    ///< from SIGTERM to SIGKILL
  bool capture_output = false;
  bool capture_error = false;
};

/// Everything of a job that has a length of its own.
struct AsyncTexts {
  std::string_view label;
  std::string_view program;
  std::vector<std::string_view> arguments;
  std::vector<std::string_view> variables;  ///< NAME=value, of the request alone
  std::string_view input;
  // What a suspension loses, see host_transaction.h.
  std::string_view uri;
  std::string_view next_hop;
  std::string_view path;
  // Names that a script engine gave, where AsyncJob's pointers are empty: parsed where they are
  // used.
  std::string_view avp_names;
  std::string_view out_name;
  std::string_view err_name;
};

struct AsyncJobDeleter {
  void operator()(AsyncJob* job) const;
};
/// Owns the block, in whichever process holds it. With it go its place and its entry in the list of
/// all, where it is under way.
using AsyncJobPtr = std::unique_ptr<AsyncJob, AsyncJobDeleter>;

/// The block for @p fixed and @p texts; empty where shared memory is short. The texts are stored
/// with a NUL behind each.
[[nodiscard]] AsyncJobPtr pack(const AsyncJob& fixed, const AsyncTexts& texts);

/// The texts of a block; they live as long as it does.
[[nodiscard]] AsyncTexts unpack(const AsyncJob& job);
/// The same without its arguments and variables; needs no memory.
[[nodiscard]] AsyncTexts unpack_texts(const AsyncJob& job);

}  // namespace kamexec

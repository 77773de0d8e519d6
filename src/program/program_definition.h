// SPDX-License-Identifier: GPL-2.0-or-later
// A program that an operator has given a name: what to run, how, and within what limits. Plain
// data; docs/reference/programs.md describes each attribute for operators.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "process/resource_limits.h"

namespace kamexec {

/// How a call of the program is made.
enum class Via {
  spawn,  ///< one process for each call
  pool,   ///< workers that live on and answer one call after the other
};

/// What a program gets of the server's environment. What a call adds, SIP_*, is no part of it.
struct EnvironmentRule {
  bool inherit_all = false;
  /// Taken from the server's where inherit_all is false. The default is what a program needs to
  /// find others, to read text and to tell the time; a password that a service manager handed to
  /// the server stays there.
  std::vector<std::string> names{"PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ"};
  /// "NAME=value", in addition; they win over what is inherited.
  std::vector<std::string> assignments;

  bool operator==(const EnvironmentRule&) const = default;
};

/// What a worker is sent of the request even where its hello doesn't ask for it.
struct WorkerWants {
  bool environment = false;
  bool message = false;

  bool operator==(const WorkerWants&) const = default;
};

/// Of via=pool alone. Each process of the server that calls the program has a pool of its own, so
/// the counts hold for each of them. The defaults are those of pool/pool_options.h.
struct PoolRules {
  /// Workers at most. One serves one call at a time: a process that waits for each call needs but
  /// one, those that make asynchronous calls need as many as calls overlap.
  std::size_t most = 8;
  /// Workers that are kept however long nothing is asked.
  std::size_t least = 1;
  /// Workers that stand ready beyond those at work, so that the next call need not wait for a
  /// start.
  std::size_t idle = 1;
  /// Workers that are started before the first call.
  std::size_t start = 1;
  /// A worker above `least` and `idle` is ended when it had nothing to do for so long. 0: never.
  std::chrono::milliseconds idle_time{60'000};
  /// A worker is replaced after so many requests, and after so long. 0: never, as a program that
  /// neither leaks nor holds old data needs.
  std::uint64_t requests = 0;
  std::chrono::milliseconds age{0};
  /// From its start to its hello. An interpreter with its libraries takes a second on a busy
  /// machine.
  std::chrono::milliseconds start_timeout{5'000};
  /// Pause between starts after workers that failed, doubled each time up to the second: what
  /// crashes at once must not take the machine.
  std::chrono::milliseconds backoff{100};
  std::chrono::milliseconds backoff_most{30'000};
  /// After so many failures in a row calls are refused for breaker_time, instead of each waiting
  /// for its time-out; then one is let through to try. 0: never refused.
  std::uint64_t breaker = 10;
  std::chrono::milliseconds breaker_time{2'000};
  WorkerWants wants;

  bool operator==(const PoolRules&) const = default;
};

struct ProgramDefinition {
  std::string name;              ///< [A-Za-z0-9_-]+
  std::vector<std::string> run;  ///< the program, a full path or a name, and its fixed arguments
  Via via = Via::spawn;

  /// From the call to its outcome, waiting in a queue included. Short of the 5 s at which callers
  /// give up waiting for anything to happen, and far from the 30 s of a transaction.
  std::chrono::milliseconds timeout{2'000};
  /// From SIGTERM to SIGKILL. A SIP worker waits through it.
  std::chrono::milliseconds kill_grace{200};

  /// Of via=spawn: processes at once. At 200 ms each they serve 320 calls a second.
  std::size_t most_running = 64;
  /// Calls that wait for a place, then are refused at once: what those 64 processes serve in 0.8 s.
  /// More would only be answered when nobody waits any more. 0: none waits.
  std::size_t most_queued = 256;
  /// The longest that a call waits for its place. 0: as long as its time-out allows.
  std::chrono::milliseconds queue_time{0};

  /// Bytes of an answer: more URIs or AVPs than any request takes.
  std::size_t output_limit = std::size_t{1} << 20;
  /// Bytes of standard error kept: the first lines tell what is wrong.
  std::size_t error_limit = 4096;

  EnvironmentRule environment;
  std::string directory;  ///< a full path; empty: the server's
  std::string user;       ///< name or number; empty: the server's
  std::string group;      ///< name or number; empty: the user's
  ResourceLimits limits;

  PoolRules pool;

  bool operator==(const ProgramDefinition&) const = default;
};

}  // namespace kamexec

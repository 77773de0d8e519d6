// SPDX-License-Identifier: GPL-2.0-or-later
// A program that an operator has given a name: what to run, how, and within what limits. Plain
// data; docs/reference/programs.md describes each attribute for operators.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pool/pool_options.h"
#include "process/containment.h"
#include "process/resource_limits.h"

namespace kamexec::program {

/// Names stand in scripts, logs and statistics: they need no quotes in any.
inline constexpr std::size_t kLongestProgramName = 64;

[[nodiscard]] constexpr bool is_program_name_byte(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-';
}

/// How a call of the program is made.
enum class Via {
  spawn,  ///< one process for each call
  pool,   ///< workers that live on and answer one call after the other
  /// The daemon, kamexecd: it has a definition of that name, which says what is run and how. Only
  /// in the server's configuration, and with nothing but a name and a time-out.
  service,
  /// Worker daemons on other hosts, over NATS. Only in kamexecd's file.
  nats,
};

/// Who reads a definition, and acts on it.
enum class Reader {
  server,  ///< the module, and the tool in its place: what is for the daemon alone has no effect
  daemon,  ///< kamexecd, which has no daemon to pass calls on to: via=service is a mistake
};

/// For how long kamexecd answers by what a call with the same arguments has got before. Failures
/// are never kept. What an answer depends on must be in the arguments: a program whose answers are
/// kept gets neither the request's environment variables, nor its message, nor standard input.
struct CacheRule {
  /// Answers of outcome ok. 0: none is kept, nor is anything else.
  std::chrono::milliseconds yes{0};
  /// Answers of outcome no. 0: none is kept.
  std::chrono::milliseconds no{0};
  /// After `yes` or `no`: the old answer is still given while one call fetches the new one.
  std::chrono::milliseconds stale{0};
  /// Bytes of all answers kept, with their arguments: some 55,000 numbers with a line each.
  std::size_t size = std::size_t{16} << 20;

  bool operator==(const CacheRule&) const = default;
};

/// A program whose calls are kept on disk until it has run (delivery=stored): the caller is
/// answered when they are.
struct StoredRule {
  bool stored = false;
  /// The longest that a caller waits for the disk. A SIP worker waits through it.
  std::chrono::milliseconds store_timeout{1'000};
  /// Calls that wait, on disk. What comes beyond is refused.
  std::size_t most = 1'000'000;
  /// From a failure to the next attempt: doubled with each, up to retry_most.
  std::chrono::milliseconds retry{1'000};
  std::chrono::milliseconds retry_most{300'000};
  /// After so many the call is dead, and kept for a person: with the pauses above, after three
  /// days.
  std::size_t attempts = 1'000;
  /// How long dead calls stay, and those that are done at the longest.
  std::chrono::milliseconds keep{std::chrono::hours(24 * 7)};
  /// How long calls stay that are done. At most `keep`.
  std::chrono::milliseconds keep_done{std::chrono::hours(1)};
  /// Calls with the same value of this argument, counted from 1, run one after the other, in the
  /// order in which they were answered. 0: no order.
  std::size_t order_by = 0;

  bool operator==(const StoredRule&) const = default;
};

/// Of via=nats: how a call is passed on to the fleet. docs/fleet-protocol.md, "Rules".
struct FleetRule {
  /// Worker daemons that a call is offered to, one after the other, while they have no room. With
  /// three, a call is refused in vain in 1 of 1,000 cases when each is full one time in ten.
  std::size_t tries = 3;
  /// The program may run twice for one call: a second worker daemon gets it as well when the first
  /// has not answered for `hedge`.
  bool idempotent = false;
  /// 0: a quarter of the time-out, which leaves the second one three quarters.
  std::chrono::milliseconds hedge{0};
  /// Calls under way at once, of this daemon. What comes beyond is refused.
  std::size_t most = 4096;

  bool operator==(const FleetRule&) const = default;
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

struct ProgramDefinition {
  std::string name;              ///< [A-Za-z0-9_-]+
  std::vector<std::string> run;  ///< the program, a full path or a name, and its fixed arguments
  Via via = Via::spawn;

  /// From the call to its outcome, waiting in a queue included. Short of the 5 s at which callers
  /// give up waiting for anything to happen, and far from the 30 s of a transaction. 0, with
  /// via=service alone: as the daemon's definition has it.
  std::chrono::milliseconds timeout{2'000};
  /// From SIGTERM to SIGKILL. A SIP worker waits through it.
  std::chrono::milliseconds kill_grace{200};

  /// Of via=spawn: processes at once. At 200 ms each they serve 320 calls a second.
  std::size_t most_running = 64;
  /// Calls that wait for a slot, then are refused at once: what those 64 processes serve in 0.8 s.
  /// More would only be answered when nobody waits any more. 0: none waits.
  std::size_t most_queued = 256;
  /// The longest that a call waits for its slot. 0: as long as its time-out allows.
  std::chrono::milliseconds queue_time{0};

  /// Bytes of an answer: more URIs or AVPs than any request takes.
  std::size_t output_limit = std::size_t{1} << 20;
  /// Bytes of standard error kept: the first lines tell what is wrong.
  std::size_t error_limit = 4096;

  EnvironmentRule environment;
  std::string directory;  ///< a full path; empty: the server's
  std::string user;       ///< name or number; empty: the server's
  std::string group;      ///< name or number; empty: the user's
  process::ResourceLimits limits;
  /// The nice value of its processes, -20 (first served) to 19. Absent: the server's, because only
  /// the operator knows which of the two may wait for the other.
  std::optional<int> nice;

  /// Its processes, and those that they start, gain no rights by executing a file: setuid programs
  /// run as whoever starts them. A sandbox implies it.
  bool no_new_privileges = false;
  process::SandboxRule sandbox;
  /// Where each run gets a control group of its own: a full path of a cgroup v2 directory that is
  /// ours to change; "auto": below the host's own; empty: nowhere.
  std::string cgroup;
  /// Of one run, or of one worker. Only with `cgroup`.
  process::CgroupLimits cgroup_limits;

  /// Of via=pool alone. What stands above for both kinds (kill_grace, most_queued, queue_time and
  /// the limits of sizes) is not read from here: see pool_options().
  pool::PoolOptions pool;

  // For kamexecd alone (Reader::daemon).

  CacheRule cache;
  StoredRule stored;
  FleetRule fleet;
  /// Whether calls of other hosts are taken, where the daemon is a member of a fleet. Absent: as
  /// the daemon's file says for all.
  std::optional<bool> offer;
  /// Who may call the program, besides root and the daemon's own user: names or numbers. Both
  /// empty: whoever can open the daemon's socket.
  std::vector<std::string> allow_users;
  std::vector<std::string> allow_groups;

  bool operator==(const ProgramDefinition&) const = default;
};

/// The definition of a program that nothing is known of but that the daemon is asked for it.
[[nodiscard]] inline ProgramDefinition served_program(std::string_view name) {
  ProgramDefinition definition;
  definition.name = name;
  definition.via = Via::service;
  definition.timeout = {};
  return definition;
}

}  // namespace kamexec::program

// SPDX-License-Identifier: GPL-2.0-or-later
// The processes of this machine as /proc shows them (proc(5)): one picture, taken when first asked
// for.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace kamexec {

/// Ticks of the system's clock since boot, as /proc/<pid>/stat counts them.
using StartTicks = std::uint64_t;

struct ProcessEntry {
  pid_t pid = 0;
  pid_t parent = 0;
  pid_t group = 0;
  pid_t session = 0;
  StartTicks started = 0;
  bool alive = false;  ///< false: a zombie that waits for its parent
};

/// Not thread-safe. Costs about 10 µs a process of the machine: for deadlines, not for every call.
class ProcessTable {
 public:
  /// Takes the picture at the first call. Empty where /proc is missing or shows another pid
  /// namespace: its numbers must not be taken for ours.
  const std::vector<ProcessEntry>& entries();

  /// The value of KAMEXEC_CALL, name included, in the environment that @p entry's program was
  /// given; empty where there is none or it may not be read. Read at the first call for an entry.
  const std::string& marker(const ProcessEntry& entry);

 private:
  std::optional<std::vector<ProcessEntry>> entries_;
  std::vector<std::optional<std::string>> markers_;  // by the entry's place
};

/// One process as it is now; nothing when it is gone.
[[nodiscard]] std::optional<ProcessEntry> read_process(pid_t pid);

/// The present, rounded down: nothing that starts from now on has a lower start time.
[[nodiscard]] StartTicks current_ticks();

}  // namespace kamexec

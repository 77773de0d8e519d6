// SPDX-License-Identifier: GPL-2.0-or-later
// The processes of this machine as /proc shows them (proc(5)): one picture, taken when first asked
// for.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/unique_fd.h"

namespace kamexec::process {

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
  /// @p entry's hard limit RLIMIT_RTTIME, which may be a marker too; 0 where it has none or it
  /// can't be read.
  std::uint64_t limit_marker(const ProcessEntry& entry);

  /// Why not every process may be seen, in words, of what has been asked until now; empty: all are.
  [[nodiscard]] const std::string& blind() const { return blind_; }

 private:
  void read_all();
  [[nodiscard]] UniqueFd open_of(pid_t pid, const char* file);
  [[nodiscard]] std::size_t index_of(const ProcessEntry& entry);

  std::optional<std::vector<ProcessEntry>> entries_;
  std::vector<std::optional<std::string>> markers_;  // by the entry's index
  std::vector<std::optional<std::uint64_t>> limits_;
  std::string blind_;
};

/// One process as it is now; nothing when it is gone.
[[nodiscard]] std::optional<ProcessEntry> read_process(pid_t pid);

/// The present, rounded down: nothing that starts from now on has a lower start time.
[[nodiscard]] StartTicks current_ticks();

}  // namespace kamexec::process

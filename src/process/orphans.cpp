// SPDX-License-Identifier: GPL-2.0-or-later
#include "process/orphans.h"

#include <csignal>
#include <vector>

#include "base/clock.h"
#include "process/call_marker.h"
#include "process/process_tree.h"
#include "process/running_marks.h"

namespace kamexec::process {
namespace {

constexpr std::chrono::milliseconds kPatienceAfterKill{500};
constexpr timespec kPause{0, 5'000'000};

/// The limit is inherited: whoever is below a worker, or a command, has it.
std::vector<ProcessEntry> orphans_now() {
  ProcessTable table;
  std::vector<ProcessEntry> orphans;
  for (const ProcessEntry& entry : table.entries()) {
    if (!entry.alive) {
      continue;
    }
    const std::uint64_t limit = table.limit_marker(entry);
    if (marks_our_worker(limit) || marks_running_command(limit)) {
      orphans.push_back(entry);
    }
  }
  return orphans;
}

}  // namespace

std::size_t end_orphans(const StopPolicy& policy) {
  std::vector<ProcessEntry> orphans = orphans_now();
  const std::size_t found = orphans.size();
  for (const ProcessEntry& entry : orphans) {
    signal_process(entry, SIGTERM);
    signal_process(entry, SIGCONT);
  }
  const TimePoint kill_at = after(Clock::now(), policy.grace);
  const TimePoint give_up_at = after(kill_at, kPatienceAfterKill);
  while (!orphans.empty() && Clock::now() < give_up_at) {
    ::nanosleep(&kPause, nullptr);
    orphans = orphans_now();
    if (Clock::now() < kill_at) {
      continue;
    }
    for (const ProcessEntry& entry : orphans) {
      signal_process(entry, SIGKILL);
    }
  }
  return found;
}

}  // namespace kamexec::process

// SPDX-License-Identifier: GPL-2.0-or-later
#include "process/left_at_end.h"

#include <csignal>
#include <vector>

#include "base/clock.h"
#include "process/call_marker.h"
#include "process/process_tree.h"
#include "process/running_marks.h"

namespace kamexec {
namespace {

constexpr std::chrono::milliseconds kPatienceAfterKill{500};
constexpr timespec kPause{0, 5'000'000};

/// The limit is inherited: whoever is below a worker, or a command, has it.
std::vector<ProcessEntry> left_now() {
  ProcessTable table;
  std::vector<ProcessEntry> left;
  for (const ProcessEntry& entry : table.entries()) {
    if (!entry.alive) {
      continue;
    }
    const std::uint64_t limit = table.limit_marker(entry);
    if (marks_our_worker(limit) || marks_running_command(limit)) {
      left.push_back(entry);
    }
  }
  return left;
}

}  // namespace

std::size_t end_what_is_left(const StopPolicy& policy) {
  std::vector<ProcessEntry> left = left_now();
  const std::size_t found = left.size();
  for (const ProcessEntry& entry : left) {
    signal_process(entry, SIGTERM);
    signal_process(entry, SIGCONT);
  }
  const TimePoint kill_at = after(Clock::now(), policy.grace);
  const TimePoint give_up_at = after(kill_at, kPatienceAfterKill);
  while (!left.empty() && Clock::now() < give_up_at) {
    ::nanosleep(&kPause, nullptr);
    left = left_now();
    if (Clock::now() < kill_at) {
      continue;
    }
    for (const ProcessEntry& entry : left) {
      signal_process(entry, SIGKILL);
    }
  }
  return found;
}

}  // namespace kamexec

// SPDX-License-Identifier: GPL-2.0-or-later
#include "process/cgroup_name.h"

#include <unistd.h>

#include <atomic>
#include <charconv>

#include "process/process_table.h"

namespace kamexec::process {

std::string next_cgroup_name() {
  static std::atomic<unsigned long long> counter{0};
  return std::string(kCgroupPrefix) + std::to_string(::getpid()) + "-" +
         std::to_string(current_ticks()) + "-" +
         std::to_string(counter.fetch_add(1, std::memory_order_relaxed) + 1);
}

bool read_cgroup_name(std::string_view text, CgroupName& into) {
  if (!text.starts_with(kCgroupPrefix)) {
    return false;
  }
  const char* const end = text.data() + text.size();
  const auto pid = std::from_chars(text.data() + kCgroupPrefix.size(), end, into.pid);
  if (pid.ec != std::errc() || pid.ptr == end || *pid.ptr != '-') {
    return false;
  }
  const auto ticks = std::from_chars(pid.ptr + 1, end, into.not_before);
  return ticks.ec == std::errc() && ticks.ptr != end && *ticks.ptr == '-';
}

}  // namespace kamexec::process

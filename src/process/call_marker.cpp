// SPDX-License-Identifier: GPL-2.0-or-later
#include "process/call_marker.h"

#include <unistd.h>

#include <atomic>

#include "process/deadline.h"

namespace kamexec {

CallMarker make_call_marker() {
  static std::atomic<std::uint64_t> counter{0};
  constexpr unsigned counter_bits = 17;
  const auto since_boot = Clock::now().time_since_epoch();
  const std::uint64_t number = counter.fetch_add(1, std::memory_order_relaxed) + 1;
  const auto pid = static_cast<std::uint64_t>(::getpid());
  CallMarker marker;
  marker.variable = call_marker_name;
  marker.variable += std::to_string(pid);
  marker.variable += '.';
  marker.variable += std::to_string(number);
  marker.variable += '.';
  marker.variable +=
      std::to_string(std::chrono::duration_cast<std::chrono::nanoseconds>(since_boot).count());
  marker.limit =
      std::uint64_t{1} << 62 | pid << counter_bits | (number & ((1U << counter_bits) - 1));
  return marker;
}

std::vector<char*> with_marker(char* const* environment, std::string& variable) {
  std::size_t count = 0;
  while (environment != nullptr && environment[count] != nullptr)
    ++count;
  std::vector<char*> result;
  result.reserve(count + 2);
  for (std::size_t i = 0; i < count; ++i) {
    if (!std::string_view(environment[i]).starts_with(call_marker_name))
      result.push_back(environment[i]);
  }
  result.push_back(variable.data());
  result.push_back(nullptr);
  return result;
}

}  // namespace kamexec

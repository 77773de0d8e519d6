// SPDX-License-Identifier: GPL-2.0-or-later
#include "process/call_marker.h"

#include <unistd.h>

#include <atomic>

#include "process/deadline.h"

namespace kamexec {

std::string make_call_marker() {
  static std::atomic<unsigned long long> counter{0};
  const auto since_boot = Clock::now().time_since_epoch();
  std::string marker(call_marker_name);
  marker += std::to_string(::getpid());
  marker += '.';
  marker += std::to_string(counter.fetch_add(1, std::memory_order_relaxed) + 1);
  marker += '.';
  marker +=
      std::to_string(std::chrono::duration_cast<std::chrono::nanoseconds>(since_boot).count());
  return marker;
}

std::vector<char*> with_marker(char* const* environment, std::string& marker) {
  std::size_t count = 0;
  while (environment != nullptr && environment[count] != nullptr)
    ++count;
  std::vector<char*> result;
  result.reserve(count + 2);
  for (std::size_t i = 0; i < count; ++i) {
    if (!std::string_view(environment[i]).starts_with(call_marker_name))
      result.push_back(environment[i]);
  }
  result.push_back(marker.data());
  result.push_back(nullptr);
  return result;
}

}  // namespace kamexec

// SPDX-License-Identifier: GPL-2.0-or-later
#include "process/call_marker.h"

#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>

#include "base/clock.h"

namespace kamexec::process {

namespace {

constexpr unsigned kCounterBits = 17;
constexpr unsigned kPidBits = 22;  // no more on Linux
constexpr unsigned kHostShift = kCounterBits + kPidBits;
constexpr std::uint64_t kHostMask = (std::uint64_t{1} << 22) - 1;
constexpr std::uint64_t kWorkerBit = std::uint64_t{1} << 61;
constexpr std::uint64_t kMarkerBit = std::uint64_t{1} << 62;

std::uint64_t our_own = 0;  // 0: not made

}  // namespace

void make_markers_our_own() {
  if (::getrandom(&our_own, sizeof our_own, GRND_NONBLOCK) != sizeof our_own) {
    our_own = static_cast<std::uint64_t>(Clock::now().time_since_epoch().count()) ^
              static_cast<std::uint64_t>(::getpid()) << 10;
  }
  our_own = std::max<std::uint64_t>(our_own & kHostMask, 1);
}

bool made_here(std::uint64_t limit) {
  constexpr std::uint64_t kPidMask = (std::uint64_t{1} << kPidBits) - 1;
  return (limit >> kCounterBits & kPidMask) == static_cast<std::uint64_t>(::getpid());
}

bool marks_our_worker(std::uint64_t limit) {
  return our_own != 0 && limit >> 61 == (kMarkerBit | kWorkerBit) >> 61 &&
         (limit >> kHostShift & kHostMask) == our_own;
}

CallMarker make_call_marker(Marked who) {
  static std::atomic<std::uint64_t> counter{0};
  const auto since_boot = Clock::now().time_since_epoch();
  const std::uint64_t number = counter.fetch_add(1, std::memory_order_relaxed) + 1;
  const auto pid = static_cast<std::uint64_t>(::getpid());
  CallMarker marker;
  marker.variable = kCallMarkerName;
  marker.variable += std::to_string(pid);
  marker.variable += '.';
  marker.variable += std::to_string(number);
  marker.variable += '.';
  marker.variable +=
      std::to_string(std::chrono::duration_cast<std::chrono::nanoseconds>(since_boot).count());
  marker.limit = kMarkerBit | (who == Marked::worker ? kWorkerBit : 0) | our_own << kHostShift |
                 pid << kCounterBits | (number & ((1U << kCounterBits) - 1));
  return marker;
}

std::vector<char*> with_marker(char* const* environment, std::string& variable) {
  std::size_t count = 0;
  while (environment != nullptr && environment[count] != nullptr) {
    ++count;
  }
  std::vector<char*> result;
  result.reserve(count + 2);
  for (std::size_t i = 0; i < count; ++i) {
    if (!std::string_view(environment[i]).starts_with(kCallMarkerName)) {
      result.push_back(environment[i]);
    }
  }
  result.push_back(variable.data());
  result.push_back(nullptr);
  return result;
}

}  // namespace kamexec::process

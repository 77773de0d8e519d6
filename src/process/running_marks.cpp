// SPDX-License-Identifier: GPL-2.0-or-later
#include "process/running_marks.h"

#include <utility>

#include "process/call_marker.h"

namespace kamexec {
namespace {

SharedMark* shared = nullptr;
std::size_t places = 0;

}  // namespace

void share_running_marks(SharedMark* marks, std::size_t count) {
  shared = marks;
  places = marks == nullptr ? 0 : count;
}

bool marks_running_command(std::uint64_t limit) {
  for (std::size_t i = 0; limit != 0 && i < places; ++i) {
    if (shared[i].load() == limit) {
      return true;
    }
  }
  return false;
}

RunningMark::RunningMark(std::uint64_t limit) : limit_(limit) {
  // Marks differ by a counter in their last bits: most find their place free.
  for (std::size_t i = 0; limit != 0 && i < places; ++i) {
    SharedMark& place = shared[(limit + i) % places];
    std::uint64_t free = 0;
    if (place.load(std::memory_order_relaxed) == 0 && place.compare_exchange_strong(free, limit)) {
      place_ = &place;
      return;
    }
  }
}

RunningMark::RunningMark(RunningMark&& other) noexcept
    : place_(std::exchange(other.place_, nullptr)), limit_(other.limit_) {}

RunningMark& RunningMark::operator=(RunningMark&& other) noexcept {
  std::swap(place_, other.place_);
  std::swap(limit_, other.limit_);
  return *this;
}

void RunningMark::forget() {
  if (SharedMark* place = std::exchange(place_, nullptr); place != nullptr && made_here(limit_)) {
    place->store(0);
  }
}

}  // namespace kamexec

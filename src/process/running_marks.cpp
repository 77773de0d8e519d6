// SPDX-License-Identifier: GPL-2.0-or-later
#include "process/running_marks.h"

#include <utility>

#include "process/call_marker.h"

namespace kamexec::process {
namespace {

SharedMark* shared = nullptr;
std::size_t slots = 0;

}  // namespace

void share_running_marks(SharedMark* marks, std::size_t count) {
  shared = marks;
  slots = marks == nullptr ? 0 : count;
}

bool marks_running_command(std::uint64_t limit) {
  for (std::size_t i = 0; limit != 0 && i < slots; ++i) {
    if (shared[i].load() == limit) {
      return true;
    }
  }
  return false;
}

RunningMark::RunningMark(std::uint64_t limit) : limit_(limit) {
  // Marks differ by a counter in their last bits: most find their slot free.
  for (std::size_t i = 0; limit != 0 && i < slots; ++i) {
    SharedMark& slot = shared[(limit + i) % slots];
    std::uint64_t free = 0;
    if (slot.load(std::memory_order_relaxed) == 0 && slot.compare_exchange_strong(free, limit)) {
      slot_ = &slot;
      return;
    }
  }
}

RunningMark::RunningMark(RunningMark&& other) noexcept
    : slot_(std::exchange(other.slot_, nullptr)), limit_(other.limit_) {}

RunningMark& RunningMark::operator=(RunningMark&& other) noexcept {
  std::swap(slot_, other.slot_);
  std::swap(limit_, other.limit_);
  return *this;
}

void RunningMark::forget() {
  if (SharedMark* slot = std::exchange(slot_, nullptr); slot != nullptr && made_here(limit_)) {
    slot->store(0);
  }
}

}  // namespace kamexec::process

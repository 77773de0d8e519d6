// SPDX-License-Identifier: GPL-2.0-or-later
// The marks of commands that run, where a host's other processes see them: when a process
// dies in the midst of its work, the others can end what its commands have started.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace kamexec::process {

/// One slot; 0: it is free.
using SharedMark = std::atomic<std::uint64_t>;
static_assert(SharedMark::is_always_lock_free);  // whoever dies holds nothing

/// From now on marks are kept in @p marks: @p count slots, all free, in memory that this process
/// and those that it forks share, for as long as they live. nullptr: no longer.
void share_running_marks(SharedMark* marks, std::size_t count);
/// Whether a command with that limit runs, or ran when its process died. False where no marks are
/// shared.
[[nodiscard]] bool marks_running_command(std::uint64_t limit);

/// The mark of one command (CallMarker::limit) while it runs. Where all slots are taken, or none
/// are shared, it isn't kept. Never waits.
class RunningMark {
 public:
  RunningMark() = default;
  explicit RunningMark(std::uint64_t limit);
  ~RunningMark() { forget(); }
  RunningMark(RunningMark&& other) noexcept;
  RunningMark& operator=(RunningMark&& other) noexcept;

  /// It ended. In a child that the host has forked nothing happens: the command isn't its own.
  void forget();

 private:
  SharedMark* slot_ = nullptr;
  std::uint64_t limit_ = 0;
};

}  // namespace kamexec::process

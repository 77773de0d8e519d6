// SPDX-License-Identifier: GPL-2.0-or-later
// One time for each key, and which are due: O(log n) whatever is done. For a key that is known
// nothing needs memory.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.h"

namespace kamexec::process {

/// Not thread-safe.
class TimerQueue {
 public:
  using Key = std::uint64_t;

  /// Of a key that stays known and is never due.
  static constexpr TimePoint kNotAwaited = kNoDeadline - TimePoint::duration(1);

  /// Replaces the key's time; kNoDeadline takes it out. Without memory for a new key nothing has
  /// changed.
  void set(Key key, TimePoint time);
  void remove(Key key);
  /// kNoDeadline when nothing is awaited.
  [[nodiscard]] TimePoint earliest() const;
  /// Takes out what is due, earliest first.
  [[nodiscard]] std::vector<Key> take_due(TimePoint now);
  /// The earliest that is due; it is not awaited any more.
  [[nodiscard]] std::optional<Key> next_due(TimePoint now);

 private:
  std::set<std::pair<TimePoint, Key>> order_;
  std::unordered_map<Key, TimePoint> times_;
};

}  // namespace kamexec::process

// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>

namespace kamexec {

/// At most so many lines a second: a program that is missing fails at every call, and a log that is
/// flooded tells nothing. One for a process; not thread-safe.
class LogLimit {
 public:
  explicit LogLimit(std::uint32_t most_a_second) : most_(most_a_second) {}

  /// Whether a line may be written at @p second (any clock that goes on). Where a new second
  /// begins,
  /// @p left_out is how many were not in the last one that had any, else 0.
  [[nodiscard]] bool allow(std::int64_t second, std::uint32_t& left_out) {
    left_out = 0;
    if (second != second_) {
      left_out = count_ > most_ ? count_ - most_ : 0;
      second_ = second;
      count_ = 0;
    }
    return ++count_ <= most_;
  }

 private:
  std::uint32_t most_;
  std::int64_t second_ = 0;
  std::uint32_t count_ = 0;
};

}  // namespace kamexec

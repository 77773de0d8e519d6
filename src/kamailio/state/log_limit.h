// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>

namespace kamexec::module {

/// What a line of the log is about. Each kind has a bound of its own in each process
/// (failures_logged), so that a flood of one hides no other.
enum class LogKind {
  failed_call,
  output,          ///< what a program printed and can't be used
  standard_error,  ///< a line that a program wrote there
  name,            ///< of a route or a variable, given by a call, that can't be used
  other,
};
constexpr std::size_t kLogKinds = 5;

/// At most so many lines a second: a program that is missing fails at every call, and a log that is
/// flooded tells nothing. One for a process; not thread-safe.
class LogLimit {
 public:
  /// Whether one of at most @p most lines may be written at @p second (any clock that goes on).
  /// Where a new second begins, @p left_out is how many were not in the last one that had any, else
  /// 0.
  [[nodiscard]] bool allow(std::int64_t second, std::uint32_t most, std::uint32_t& left_out) {
    left_out = 0;
    if (second != second_) {
      left_out = count_ > most ? count_ - most : 0;
      second_ = second;
      count_ = 0;
    }
    return ++count_ <= most;
  }

 private:
  std::int64_t second_ = 0;
  std::uint32_t count_ = 0;
};

}  // namespace kamexec::module

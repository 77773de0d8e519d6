// SPDX-License-Identifier: GPL-2.0-or-later
// The daemon's log: lines on standard error, which the service manager keeps.
#pragma once

#include <cstdint>
#include <exception>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace kamexec::daemon {

/// syslog(3)'s numbers, which sd-daemon(3) gives to lines as "<N>".
enum class LogLevel { error = 3, warning = 4, notice = 5, info = 6 };

/// Writes one line. Bytes that aren't printable are shown as base/printable.h does. Where standard
/// error is the journal's (JOURNAL_STREAM), the line begins with "<N>"; elsewhere with the level's
/// word.
void log_line(LogLevel level, std::string_view text);

/// What was thrown, for a line: nearly always it is a shortage of memory. Allocates nothing; valid
/// as long as @p thrown.
[[nodiscard]] std::string_view thrown_in_words(const std::exception& thrown) noexcept;

/// Lines that peers cause: at most so many a second are written, so that no client can fill the
/// log. Not thread-safe.
class LimitedLog {
 public:
  static constexpr std::uint32_t kLinesPerSecond = 20;

  /// Writes the line, or counts it. What was counted is told when a second begins in which a line
  /// is written.
  void line(LogLevel level, std::string_view text, TimePoint now);

 private:
  std::int64_t second_ = 0;
  std::uint32_t written_ = 0;
  std::uint64_t left_out_ = 0;
};

/// Calls @p body for one that has to call others, too: what is thrown, a shortage of memory, is
/// written to @p troubles.
template <typename Body>
void guarded(LimitedLog& troubles, Body body) {
  try {
    body();
  } catch (const std::exception& thrown) {
    troubles.line(LogLevel::error, thrown_in_words(thrown), Clock::now());
  }
}

}  // namespace kamexec::daemon

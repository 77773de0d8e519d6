// SPDX-License-Identifier: GPL-2.0-or-later
// The server's log, for the C++ files of the module. A line is one line, whatever it holds. While
// the configuration loads all is told; a server that runs writes a bounded number of lines a
// second, and then how many it left out. None of the functions throws, nor needs memory for a short
// line. A line names the place that calls them, as the host's own do.
#pragma once

#include <string_view>

#include "kamailio/state/log_limit.h"

namespace kamexec::module {

/// Where a line comes from. As std::source_location, which Clang 14 has not, with a function's own
/// name for the compiler's description of it.
struct LogSource {
  const char* file;
  int line;
  const char* function;

  [[nodiscard]] static constexpr LogSource current(
      const char* file = __builtin_FILE(), int line = __builtin_LINE(),
      const char* function = __builtin_FUNCTION()) noexcept {
    return {file, line, function};
  }
};

void log_error(LogKind kind, std::string_view line, LogSource from = LogSource::current()) noexcept;
void log_warning(LogKind kind, std::string_view line,
                 LogSource from = LogSource::current()) noexcept;
void log_info(LogKind kind, std::string_view line, LogSource from = LogSource::current()) noexcept;

inline void log_error(std::string_view line, LogSource from = LogSource::current()) noexcept {
  log_error(LogKind::other, line, from);
}
inline void log_warning(std::string_view line, LogSource from = LogSource::current()) noexcept {
  log_warning(LogKind::other, line, from);
}
inline void log_info(std::string_view line, LogSource from = LogSource::current()) noexcept {
  log_info(LogKind::other, line, from);
}

}  // namespace kamexec::module

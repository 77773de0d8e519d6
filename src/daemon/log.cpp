// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/log.h"

#include <sys/stat.h>
#include <unistd.h>

#include <array>

#include <cerrno>
#include <cstdlib>
#include <new>

#include "base/printable.h"
#include "process/outcome.h"

namespace kamexec::daemon {
namespace {

/// Of one line, what is said of a failed call with its standard error among it.
constexpr std::size_t kLongestLine = 4096;

/// Whether what is written to standard error goes to the journal, which reads "<N>": sd-daemon(3),
/// systemd.exec(5).
bool to_journal() {
  const char* named = std::getenv("JOURNAL_STREAM");
  struct stat file = {};
  return named != nullptr && ::fstat(STDERR_FILENO, &file) == 0 &&
         std::to_string(file.st_dev) + ":" + std::to_string(file.st_ino) == named;
}

std::string_view word_of(LogLevel level) {
  switch (level) {
    case LogLevel::error:
      return "error: ";
    case LogLevel::warning:
      return "warning: ";
    case LogLevel::notice:
    case LogLevel::info:
      break;
  }
  return "";
}

}  // namespace

std::string_view thrown_in_words(const std::exception& thrown) noexcept {
  return dynamic_cast<const std::bad_alloc*>(&thrown) != nullptr ? process::kShortOfMemory
                                                                 : std::string_view(thrown.what());
}

void log_line(LogLevel level, std::string_view text) {
  static const bool kJournal = to_journal();
  std::string line = kJournal ? "<" + std::to_string(static_cast<int>(level)) + ">" : "kamexecd: ";
  line += word_of(level);
  line += printable(text, kLongestLine);
  line += '\n';
  // One write, so that lines of several writers don't mix; what can't be written is lost.
  std::string_view left = line;
  while (!left.empty()) {
    const ssize_t written = ::write(STDERR_FILENO, left.data(), left.size());
    if (written < 0 && errno != EINTR) {
      return;
    }
    left.remove_prefix(written > 0 ? static_cast<std::size_t>(written) : 0);
  }
}

void LimitedLog::line(LogLevel level, std::string_view text, TimePoint now) {
  const std::int64_t second =
      std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
  if (second != second_) {
    if (left_out_ > 0) {
      log_line(LogLevel::warning,
               std::to_string(left_out_) + " more lines of this kind were left out");
      left_out_ = 0;
    }
    second_ = second;
    written_ = 0;
  }
  if (written_ == kLinesPerSecond) {
    ++left_out_;
    return;
  }
  ++written_;
  log_line(level, text);
}

}  // namespace kamexec::daemon

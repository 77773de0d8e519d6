// SPDX-License-Identifier: GPL-2.0-or-later
#include "kamailio/host/log.h"

#include <algorithm>
#include <ctime>
#include <exception>
#include <string>

#include "base/printable.h"
#include "kamailio/host/host.h"
#include "kamailio/host/host_process.h"
#include "kamailio/host/text.h"
#include "kamailio/state/state.h"

namespace kamexec::module {
namespace {

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

std::string_view without_directory(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

void write(HostLogLevel level, std::string_view line, const LogSource& from) {
  const HostLogSource place{host_text(without_directory(from.file)), from.line,
                            host_text(std::string_view(from.function))};
  if (std::none_of(line.begin(), line.end(), is_control)) {
    host_log(level, &place, host_text(line));
    return;
  }
  host_log(level, &place, host_text(printable(line, 4 * line.size())));
}

/// Of a kind, in words that follow a number.
std::string_view plural(LogKind kind) {
  switch (kind) {
    case LogKind::failed_call:
      return "failed calls";
    case LogKind::output:
      return "lines about the output of programs";
    case LogKind::standard_error:
      return "lines of programs' standard error";
    case LogKind::name:
      return "names that can't be used";
    case LogKind::other:
      break;
  }
  return "other lines";
}

bool within_limit(LogKind kind, std::uint32_t& left_out) {
  const std::uint32_t most = settings().failures_logged;
  LogLimit& limit = process_state().log_limits[static_cast<std::size_t>(kind)];
  // What else a server has to say is worth a line a second however quiet it is to be.
  return limit.allow(::time(nullptr), kind == LogKind::other ? std::max(most, 1U) : most, left_out);
}

void log(HostLogLevel level, LogKind kind, std::string_view line, const LogSource& from) noexcept {
  try {
    std::uint32_t left_out = 0;
    const bool allowed = host_serves() == 0 || within_limit(kind, left_out);
    if (left_out > 0) {
      write(HOST_LOG_WARNING,
            std::to_string(left_out) + " more " + std::string(plural(kind)) +
                " of this process were not logged (failures_logged)",
            from);
    }
    if (allowed) {
      write(level, line, from);
    }
  } catch (const std::exception&) {
    constexpr std::string_view kShort = "out of memory: a log line is lost";
    const HostLogSource place{{nullptr, 0}, 0, {nullptr, 0}};
    host_log(HOST_LOG_ERROR, &place, host_text(kShort));
  }
}

}  // namespace

void log_error(LogKind kind, std::string_view line, LogSource from) noexcept {
  log(HOST_LOG_ERROR, kind, line, from);
}
void log_warning(LogKind kind, std::string_view line, LogSource from) noexcept {
  log(HOST_LOG_WARNING, kind, line, from);
}
void log_info(LogKind kind, std::string_view line, LogSource from) noexcept {
  log(HOST_LOG_INFO, kind, line, from);
}

}  // namespace kamexec::module

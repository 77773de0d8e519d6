// SPDX-License-Identifier: GPL-2.0-or-later
#include "kamailio/calls/record_call.h"

#include <algorithm>
#include <utility>

#include "base/printable.h"
#include "kamailio/host/host_counters.h"
#include "kamailio/host/log.h"
#include "kamailio/programs/program_shared.h"
#include "kamailio/state/state.h"

namespace kamexec::module {
namespace {

std::string first_line(std::string_view text) {
  return printable(text.substr(0, text.find('\n')), 200);
}

std::string describe(const std::string& label, const process::RunResult& result) {
  const process::Outcome& outcome = result.outcome;
  std::string line = label + ": " + std::string(process::word(outcome.cause));
  if (outcome.exit_status >= 0) {
    line += ", exit status " + std::to_string(outcome.exit_status);
  }
  if (outcome.signal != 0) {
    line += ", signal " + std::to_string(outcome.signal);
  }
  if (!outcome.detail.empty()) {
    line += ", " + printable(outcome.detail, 300);
  }
  line += ", after " + std::to_string(outcome.duration.count() / 1000) + " ms";
  if (!result.error.empty()) {
    line += "; stderr: " + first_line(result.error);
  }
  return line;
}

void log_failure(const std::string& label, const process::RunResult& result) {
  if (result.outcome.cause == process::Cause::nonzero_exit) {
    log_info(LogKind::failed_call, describe(label, result));  // an answer, not a fault
  } else {
    log_error(LogKind::failed_call, describe(label, result));
  }
}

HostCounter counter_of(process::Cause cause) {
  switch (cause) {
    case process::Cause::ok:
      return HOST_COUNTER_OK;
    case process::Cause::nonzero_exit:
      return HOST_COUNTER_NO;
    case process::Cause::deadline:
      return HOST_COUNTER_DEADLINE;
    case process::Cause::not_started:
      return HOST_COUNTER_NOT_STARTED;
    case process::Cause::refused:
      return HOST_COUNTER_REFUSED;
    case process::Cause::unusable:
      break;
  }
  return HOST_COUNTER_UNUSABLE;
}

void count(const process::Outcome& outcome) {
  host_counter_add(HOST_COUNTER_CALLS, 1);
  host_counter_add(counter_of(outcome.cause), 1);
  if (outcome.cause != process::Cause::refused) {
    host_count_duration(static_cast<long>(outcome.duration.count()));
  }
}

}  // namespace

void log_standard_error(const std::string& label, std::string_view error, bool truncated) {
  constexpr std::size_t kMostShown = 500;
  if (!settings().log_stderr) {
    return;
  }
  for (std::size_t at = 0; at < error.size();) {
    const std::size_t end = std::min(error.find('\n', at), error.size());
    if (end > at) {
      log_warning(LogKind::standard_error,
                  label + ": stderr: " + printable(error.substr(at, end - at), kMostShown));
    }
    at = end + 1;
  }
  if (truncated) {
    log_warning(LogKind::standard_error, label + ": stderr: the rest exceeds error_limit");
  }
}

int record_call(const std::string& label, process::RunResult& result,
                const program::Program* program, StandardError error) {
  const int rc = process::code(result.outcome.cause);
  count(result.outcome);
  if (ProgramShared* const shared = program != nullptr ? ProgramShared::find(*program) : nullptr) {
    shared->count(result.outcome);
  }
  std::string_view rest = result.error;
  if (result.outcome.cause != process::Cause::ok) {
    log_failure(label, result);
    rest.remove_prefix(std::min(rest.find('\n'), rest.size()));  // the first line is told
  }
  if (error == StandardError::to_log) {
    log_standard_error(label, rest, result.error_truncated);
  }
  LastCall& last = process_state().last_call;
  last.made = true;
  last.outcome = std::move(result.outcome);
  last.error = std::move(result.error);
  return rc;
}

int record_out_of_memory() noexcept {
  LastCall& last = process_state().last_call;
  last.made = true;
  last.outcome = process::Outcome{};
  last.outcome.cause = process::Cause::refused;
  last.outcome.detail = "out of memory";  // short enough to need none
  last.error.clear();
  count(last.outcome);
  return process::code(process::Cause::refused);
}

process::RunResult refused(std::string why) {
  return process::RunResult{process::Outcome::refused(std::move(why))};
}

}  // namespace kamexec::module

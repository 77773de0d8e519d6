// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/attempts.h"

#include <exception>
#include <string_view>

#include <cerrno>

#include "daemon/notification_request.h"

namespace kamexec::daemon {
namespace {

using process::Cause;

/// Of what a program has written to standard error, and of all that is kept of an attempt's end.
constexpr std::size_t kMostError = 1'000;
constexpr std::size_t kMostDetail = 2'000;

process::RunResult result_of(process::Outcome outcome) {
  process::RunResult result;
  result.outcome = std::move(outcome);
  return result;
}

std::string in_words(const process::RunResult& result) {
  const process::Outcome& outcome = result.outcome;
  std::string text = outcome.detail;
  if (outcome.cause == Cause::nonzero_exit) {
    text = outcome.signal > 0 ? "signal " + std::to_string(outcome.signal)
                              : "exit status " + std::to_string(outcome.exit_status);
  }
  if (!result.error.empty()) {
    text += (text.empty() ? "" : "; ") + std::string("its standard error: ") +
            result.error.substr(0, kMostError);
  }
  text.resize(std::min(text.size(), kMostDetail));
  return text;
}

AttemptEnd::Kind kind_of(const process::Outcome& outcome) {
  using Kind = AttemptEnd::Kind;
  switch (outcome.cause) {
    case Cause::ok:
      return Kind::done;
    case Cause::nonzero_exit:
      return Kind::failed;
    case Cause::refused:
    case Cause::not_started:
      if (outcome.detail == process::kHostStops) {
        return Kind::killed;
      }
      // Where no other attempt would do better, others wait behind it.
      return process::may_run_elsewhere(outcome) ? Kind::not_run : Kind::failed;
    case Cause::deadline:
      if (outcome.detail == process::kHostStops) {
        return Kind::killed;
      }
      break;
    case Cause::unusable:
      break;
  }
  return outcome.pid == 0 ? Kind::not_run : Kind::failed;
}

}  // namespace

AttemptEnd end_of(const process::RunResult& result, stored::WallTime at) {
  AttemptEnd end;
  end.kind = kind_of(result.outcome);
  end.last.outcome = process::word(result.outcome.cause);
  end.last.exit_status = result.outcome.exit_status;
  end.last.detail = in_words(result);
  end.last.at = at;
  return end;
}

Attempts::Attempts(engine::Executor& executor, Ended ended)
    : executor_(executor), ended_(std::move(ended)) {}

void Attempts::begin(const ServedProgramPtr& program, const stored::Notification& notification,
                     std::string key) {
  Attempt& attempt = running_.emplace_front();
  attempt.place = running_.begin();
  attempt.key = std::move(key);
  attempt.call.program = program;
  tl::expected<void, process::Outcome> taken = submit(attempt, notification);
  if (!taken) {
    over_.emplace_back(std::move(attempt.key), result_of(std::move(taken.error())));
    running_.erase(attempt.place);
  }
}

/// The error is how it ends at once.
tl::expected<void, process::Outcome> Attempts::submit(Attempt& attempt,
                                                      const stored::Notification& notification) {
  try {
    const NotificationRequest call(notification);
    attempt.call.wants_output = false;
    if (Result<void> made = make_call(call.request(), Clock::now(), attempt.call, notification.id,
                                      notification.attempts + 1);
        !made) {
      return tl::unexpected<process::Outcome>(process::Outcome::refused(std::move(made.error())));
    }
    const tl::expected<engine::Cancel, process::Outcome> taken = executor_.submit(
        attempt.call.invocation,
        [this, &attempt](const process::RunResult& result) { has_run(attempt, result); });
    return taken ? tl::expected<void, process::Outcome>()
                 : tl::unexpected<process::Outcome>(taken.error());
  } catch (const std::exception&) {
    return tl::unexpected<process::Outcome>(
        process::Outcome::short_of_memory(process::Cause::refused));
  }
}

void Attempts::has_run(Attempt& attempt, const process::RunResult& result) {
  std::string key = std::move(attempt.key);
  running_.erase(attempt.place);
  ended_(std::move(key), result);
}

void Attempts::deliver() {
  const auto over = std::exchange(over_, {});
  for (const auto& [key, result] : over) {
    ended_(key, result);
  }
}

}  // namespace kamexec::daemon

// SPDX-License-Identifier: GPL-2.0-or-later
#include "service/open_reply.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>

#include "pool/escape.h"
#include "pool/words.h"
#include "service/message_words.h"

namespace kamexec::service {
namespace {

using pool::append_unescaped;
using pool::read_number;
using pool::take_word;
using process::Cause;

constexpr std::uint32_t kHighestSignal = 127;
constexpr std::uint32_t kHighestPid = std::numeric_limits<std::int32_t>::max();
constexpr std::uint64_t kMostMicroseconds = std::uint64_t{kMostMilliseconds} * 1000;

std::optional<int> read_status(std::string_view digits) {
  const auto status = read_number(digits, std::uint32_t{kHighestStatus});
  return status ? std::optional<int>(static_cast<int>(*status)) : std::nullopt;
}

std::optional<Cause> read_cause(std::string_view name) {
  for (const Cause cause : {Cause::deadline, Cause::not_started, Cause::refused, Cause::unusable}) {
    if (name == process::word(cause)) {
      return cause;
    }
  }
  return std::nullopt;
}

}  // namespace

Result<void> OpenReply::begin(std::string_view line, std::string_view id) {
  if (!is_id(id)) {
    return out_of_step("sent a reply without an id", line);
  }
  open_ = true;
  too_long_ = false;
  id_ = id;
  result_.outcome = process::Outcome{};
  result_.output.clear();
  result_.error.clear();
  result_.error_truncated = false;
  return {};
}

Result<void> OpenReply::begin_reply(std::string_view line, std::string_view words) {
  if (auto begun = begin(line, take_word(words)); !begun) {
    return begun;
  }
  const auto status = read_status(words);
  if (!status) {
    return out_of_step("sent a reply without a status from 0 to 255", line);
  }
  result_.outcome.cause = *status == 0 ? Cause::ok : Cause::nonzero_exit;
  result_.outcome.exit_status = *status;
  return {};
}

Result<void> OpenReply::begin_failed(std::string_view line, std::string_view words) {
  if (auto begun = begin(line, take_word(words)); !begun) {
    return begun;
  }
  const auto cause = read_cause(words);
  if (!cause) {
    return out_of_step("sent a failure of no known kind", line);
  }
  result_.outcome.cause = *cause;
  return {};
}

Result<void> OpenReply::take(std::string_view line, std::string_view field, std::string_view rest) {
  if (field == "line") {
    return take_output(line, rest, "\n");
  }
  if (field == "part") {
    return take_output(line, rest, "");
  }
  if (field == "stderr") {
    return take_error(line, rest);
  }
  if (field == "stderr-truncated") {
    result_.error_truncated = true;
    return {};
  }
  if (field == "ran") {
    return take_run(line, rest);
  }
  if (field == "detail") {
    return take_detail(line, rest);
  }
  if (field == "exit") {
    return take_exit(line, rest);
  }
  return {};  // of a later version
}

Result<void> OpenReply::end(DaemonMessages& to) {
  process::Outcome& outcome = result_.outcome;
  if (outcome.signal != 0 && outcome.cause == Cause::ok) {
    return failure("says that a program ended well, and by a signal");
  }
  if (outcome.signal != 0 && outcome.cause == Cause::nonzero_exit) {
    outcome.exit_status = -1;
  }
  if (too_long_) {
    outcome.cause = Cause::unusable;
    outcome.detail = "printed more than the limit of " + std::to_string(limit_) + " bytes";
    result_.output.clear();
  }
  open_ = false;
  to.on_reply(id_, result_);
  return {};
}

bool OpenReply::has_output() const {
  return result_.outcome.cause == Cause::ok || result_.outcome.cause == Cause::nonzero_exit;
}

Result<void> OpenReply::take_output(std::string_view line, std::string_view text,
                                    std::string_view line_end) {
  if (!has_output()) {
    return out_of_step("sent output with a failure", line);
  }
  if (too_long_) {
    return {};
  }
  if (!append_unescaped(result_.output, text)) {
    return out_of_step(kBadEscape, line);
  }
  result_.output += line_end;
  too_long_ = result_.output.size() > limit_;
  return {};
}

Result<void> OpenReply::take_error(std::string_view line, std::string_view text) {
  if (result_.error.size() == limit_) {
    result_.error_truncated = true;
    return {};
  }
  if (!append_unescaped(result_.error, text)) {
    return out_of_step(kBadEscape, line);
  }
  if (result_.error.size() > limit_) {
    result_.error.resize(limit_);
    result_.error_truncated = true;
  }
  return {};
}

Result<void> OpenReply::take_detail(std::string_view line, std::string_view text) {
  if (has_output()) {
    return out_of_step("sent a detail where none belongs", line);
  }
  std::string detail;
  if (!append_unescaped(detail, text)) {
    return out_of_step(kBadEscape, line);
  }
  detail.resize(std::min(detail.size(), kLongestDetail));
  // It is for logs: a control character there would be a program's way into them.
  std::replace_if(
      detail.begin(), detail.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  result_.outcome.detail = std::move(detail);
  return {};
}

Result<void> OpenReply::take_run(std::string_view line, std::string_view words) {
  const auto pid = read_number(take_word(words), kHighestPid);
  const auto signal = read_number(take_word(words), kHighestSignal);
  const auto duration = read_number(words, kMostMicroseconds);
  if (!pid || !signal || !duration) {
    return out_of_step("sent a run without its three numbers", line);
  }
  result_.outcome.pid = static_cast<pid_t>(*pid);
  result_.outcome.signal = static_cast<int>(*signal);
  result_.outcome.duration = std::chrono::microseconds(*duration);
  return {};
}

Result<void> OpenReply::take_exit(std::string_view line, std::string_view status) {
  const auto number = read_status(status);
  if (!number || has_output()) {
    return out_of_step("sent an exit status where none belongs", line);
  }
  result_.outcome.exit_status = *number;
  return {};
}

}  // namespace kamexec::service

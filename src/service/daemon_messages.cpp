// SPDX-License-Identifier: GPL-2.0-or-later
#include "service/daemon_messages.h"

#include <algorithm>

#include "pool/field_text.h"
#include "service/client_messages.h"
#include "service/message_words.h"

namespace kamexec::service {
namespace {

using pool::FieldText;

/// Bytes of a value that one line holds: each can take three, and the line may have
/// kLongestDaemonLine.
constexpr std::size_t kMostInLine = std::size_t{16} * 1024;
static_assert(3 * kMostInLine + kLongestWordLine <= kLongestDaemonLine);

/// The longest line of a reply stays short, whatever a program printed.
void add_output(FieldText& text, std::string_view output) {
  while (!output.empty()) {
    const std::size_t end = output.find('\n');
    if (end <= kMostInLine) {
      text.field("line", output.substr(0, end));
      output.remove_prefix(end + 1);
    } else {
      const std::string_view part = output.substr(0, kMostInLine);
      text.field("part", part);
      output.remove_prefix(part.size());
    }
  }
}

void add_error(FieldText& text, std::string_view error, bool truncated) {
  for (; !error.empty(); error.remove_prefix(std::min(error.size(), kMostInLine))) {
    text.field("stderr", error.substr(0, kMostInLine));
  }
  if (truncated) {
    text.add("stderr-truncated\n");
  }
}

void add_run(FieldText& text, const process::Outcome& outcome) {
  if (outcome.pid == 0 && outcome.signal == 0 && outcome.duration.count() == 0) {
    return;
  }
  text.add("ran ");
  text.add(std::max(outcome.pid, 0));
  text.add(" ");
  text.add(std::max(outcome.signal, 0));
  text.add(" ");
  text.add(std::max<std::int64_t>(outcome.duration.count(), 0));
  text.add("\n");
}

/// What a shell would call it: a program that a signal ended has no status of its own.
int shown_status(const process::Outcome& outcome) {
  if (outcome.cause == process::Cause::ok) {
    return 0;
  }
  const int status = outcome.signal > 0 ? 128 + outcome.signal : outcome.exit_status;
  return std::clamp(status, 1, kHighestStatus);
}

void add_failure(FieldText& text, std::string_view id, const process::Outcome& outcome) {
  text.add("failed ");
  text.add(id);
  text.add(" ");
  text.add(process::word(outcome.cause));
  text.add("\n");
  if (!outcome.detail.empty()) {
    text.field("detail", std::string_view(outcome.detail).substr(0, kLongestDetail));
  }
  if (outcome.exit_status >= 0) {
    text.add("exit ");
    text.add(std::min(outcome.exit_status, kHighestStatus));
    text.add("\n");
  }
}

}  // namespace

void append_daemon_hello(std::string& to) {
  append_client_hello(to);
}

void append_notice(std::string& to, const ProgramNotice& notice) {
  FieldText text(to, FieldText::kNoLimit);
  text.add("program ");
  text.add(notice.name);
  text.add(" ");
  text.add(std::clamp<std::int64_t>(notice.timeout.count(), 0, kMostMilliseconds));
  text.add(notice.uri ? " uri" : "");
  text.add(notice.variables ? " env" : "");
  text.add(notice.message ? " message" : "");
  text.add(notice.input ? " input" : "");
  text.add(notice.stored ? " stored" : "");
  text.add("\n");
  static_cast<void>(text.finish());
}

void append_gone(std::string& to, std::string_view name) {
  FieldText text(to, FieldText::kNoLimit);
  text.add("gone ");
  text.add(name);
  text.add("\n");
  static_cast<void>(text.finish());
}

void append_ready(std::string& to) {
  to += "ready\n";
}

void append_reply(std::string& to, std::string_view id, const process::RunResult& result) {
  const process::Outcome& outcome = result.outcome;
  FieldText text(to, FieldText::kNoLimit);
  if (outcome.cause == process::Cause::ok || outcome.cause == process::Cause::nonzero_exit) {
    text.add("reply ");
    text.add(id);
    text.add(" ");
    text.add(shown_status(outcome));
    text.add("\n");
    add_output(text, result.output);
  } else {
    add_failure(text, id, outcome);
  }
  add_error(text, result.error, result.error_truncated);
  add_run(text, outcome);
  text.add("end ");
  text.add(id);
  text.add("\n");
  static_cast<void>(text.finish());
}

}  // namespace kamexec::service

// SPDX-License-Identifier: GPL-2.0-or-later
#include "fleet/answer_message.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/printable.h"
#include "fleet/parts.h"
#include "fleet/subjects.h"
#include "pool/escape.h"
#include "pool/field_text.h"
#include "pool/reply_reader.h"
#include "pool/words.h"
#include "service/message_words.h"

namespace kamexec::fleet {
namespace {

using process::Cause;

constexpr const char* kOutcome = "Kamexec-Outcome";
constexpr const char* kElsewhere = "Kamexec-Elsewhere";
constexpr const char* kDetail = "Kamexec-Detail";
constexpr const char* kError = "Kamexec-Error";
constexpr const char* kErrorCut = "Kamexec-Error-Cut";
constexpr const char* kSignal = "Kamexec-Signal";
constexpr const char* kWorker = "Kamexec-Worker";
constexpr const char* kZone = "Kamexec-Zone";
constexpr const char* kWants = "Kamexec-Wants";

constexpr std::string_view kIncomplete = "incomplete";
constexpr std::string_view kNotElsewhere = "no";
constexpr std::string_view kIsCut = "yes";

/// Of what follows `error ID` in a payload, which is all that a reader of the worker protocol
/// keeps. More stands in a header.
constexpr std::size_t kLongestErrorText = 1024;
constexpr std::size_t kMostError = 4096;
constexpr std::uint32_t kHighestSignal = 127;

bool ended_by_itself(const process::Outcome& outcome) {
  return outcome.cause == Cause::ok || outcome.cause == Cause::nonzero_exit;
}

/// What a shell would call it: a program that a signal ended has no status of its own.
int shown_status(const process::Outcome& outcome) {
  if (outcome.cause == Cause::ok) {
    return 0;
  }
  const int status = outcome.signal > 0 ? 128 + outcome.signal : outcome.exit_status;
  return std::clamp(status, 1, service::kHighestStatus);
}

std::string reply_text(std::string_view id, const process::RunResult& result) {
  std::string payload;
  pool::FieldText text(payload, pool::FieldText::kNoLimit);
  text.add("reply ");
  text.add(id);
  text.add(" ");
  text.add(shown_status(result.outcome));
  text.add("\n");
  for (std::string_view left = result.output; !left.empty();) {
    const std::size_t end = std::min(left.find('\n'), left.size());
    text.field("line", left.substr(0, end));
    left.remove_prefix(std::min(end + 1, left.size()));
  }
  text.add("end ");
  text.add(id);
  text.add("\n");
  static_cast<void>(text.finish());
  return payload;
}

std::string error_text(std::string_view id, std::string_view detail) {
  std::string payload;
  pool::FieldText text(payload, pool::FieldText::kNoLimit);
  text.add("error ");
  text.add(id);
  text.field("", detail.substr(0, kLongestErrorText));  // the space and the LF are its own
  static_cast<void>(text.finish());
  return payload;
}

/// As it stands before a payload: "NATS/1.0", the lines, an empty one.
std::size_t size_of(std::span<const nats::Header> headers) {
  constexpr std::size_t kFirstAndLast = std::string_view("NATS/1.0\r\n\r\n").size();
  constexpr std::size_t kBesideEach = std::string_view(": \r\n").size();
  std::size_t size = headers.empty() ? 0 : kFirstAndLast;
  for (const nats::Header& header : headers) {
    size += header.name.size() + header.value.size() + kBesideEach;
  }
  return size;
}

std::optional<Cause> read_cause(std::string_view name) {
  for (const Cause cause : {Cause::ok, Cause::nonzero_exit, Cause::deadline, Cause::not_started,
                            Cause::refused, Cause::unusable}) {
    if (name == process::word(cause)) {
      return cause;
    }
  }
  return std::nullopt;
}

/// Empty where the escapes are bad: it is only for people.
std::string unescaped(std::string_view text) {
  std::string bytes;
  return pool::append_unescaped(bytes, text) ? bytes : std::string();
}

std::string for_logs(std::string bytes) {
  bytes.resize(std::min(bytes.size(), service::kLongestDetail));
  // A control character there would be a stranger's way into them.
  std::replace_if(
      bytes.begin(), bytes.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return bytes;
}

void take_names(const nats::Incoming& message, Answer& answer) {
  const std::string_view id = message.header(kWorker);
  const std::string_view zone = message.header(kZone);
  // They become tokens of subjects: nothing else than a token may be in them.
  answer.worker.id = service::is_id(id) ? id : std::string_view();
  answer.worker.zone = is_token(zone) ? zone : std::string_view();
  if (const std::string_view wants = message.header(kWants); !wants.empty()) {
    answer.wants = parts_named(wants);
  }
}

/// What the program has written, and which signal has ended it.
void take_run(const nats::Incoming& message, process::RunResult& result) {
  result.error = unescaped(message.header(kError).substr(0, 3 * kMostError));
  result.error_truncated = result.error.size() > kMostError || message.header(kErrorCut) == kIsCut;
  result.error.resize(std::min(result.error.size(), kMostError));
  const auto signal = pool::read_number(message.header(kSignal), kHighestSignal);
  if (!signal || *signal == 0 || result.outcome.cause == Cause::ok) {
    return;
  }
  result.outcome.signal = static_cast<int>(*signal);
  if (result.outcome.cause == Cause::nonzero_exit) {
    result.outcome.exit_status = -1;
  }
}

/// What a complete payload says. The outcome of the header must not be another.
process::Outcome outcome_of_reply(int status, std::string_view said) {
  process::Outcome outcome;
  outcome.cause = status == 0 ? Cause::ok : Cause::nonzero_exit;
  outcome.exit_status = status;
  if (!said.empty() && said != process::word(outcome.cause)) {
    return process::Outcome::unusable("its answer contradicts itself: status " +
                                      std::to_string(status) + " and outcome " +
                                      pool::quoted_start(said));
  }
  return outcome;
}

void take_failure(const nats::Incoming& message, std::string_view text, Answer& answer) {
  process::Outcome& outcome = answer.result.outcome;
  const std::string_view said = message.header(kOutcome);
  const std::string_view detail = message.header(kDetail);
  outcome.detail = for_logs(detail.empty() ? std::string(text) : unescaped(detail));
  if (said == kIncomplete) {
    outcome.cause = Cause::refused;
    answer.incomplete = true;
    return;
  }
  const std::optional<Cause> cause = read_cause(said);
  const bool known = cause && *cause != Cause::ok && *cause != Cause::nonzero_exit;
  outcome.cause = known ? *cause : Cause::unusable;
  if (!known && !said.empty()) {
    outcome.detail =
        for_logs("of an unknown kind, " + pool::quoted_start(said) + ": " + outcome.detail);
  }
  answer.elsewhere = (outcome.cause == Cause::refused || outcome.cause == Cause::not_started) &&
                     message.header(kElsewhere) != kNotElsewhere;
}

}  // namespace

AnswerMessage::AnswerMessage(std::string_view id, const Answer& answer, std::size_t most) {
  write(id, answer);
  if (const std::size_t size = payload_.size() + size_of(headers_); size > most) {
    Answer instead;
    instead.worker = answer.worker;
    instead.wants = answer.wants;
    instead.result.outcome = process::Outcome::unusable(
        "the answer is larger than the NATS server takes (" + std::to_string(size) +
        " bytes, max_payload " + std::to_string(most) +
        "): have the program print less, or raise max_payload");
    write(id, instead);
  }
}

void AnswerMessage::write(std::string_view id, const Answer& answer) {
  const process::RunResult& result = answer.result;
  const process::Outcome& outcome = result.outcome;
  headers_.clear();
  values_.clear();
  values_.reserve(kMostHeaders);  // headers_ points into it
  const auto add = [this](const char* name, std::string value) {
    headers_.push_back({name, values_.emplace_back(std::move(value))});
  };
  const auto add_escaped = [&add](const char* name, std::string_view value) {
    std::string text;
    pool::append_escaped(text, value);
    add(name, std::move(text));
  };

  if (ended_by_itself(outcome) && !answer.incomplete) {
    payload_ = reply_text(id, result);
  } else {
    payload_ = error_text(id, outcome.detail);
    add(kOutcome, std::string(answer.incomplete ? kIncomplete : process::word(outcome.cause)));
    if (!answer.elsewhere && !answer.incomplete &&
        (outcome.cause == Cause::refused || outcome.cause == Cause::not_started)) {
      add(kElsewhere, std::string(kNotElsewhere));
    }
    if (outcome.detail.size() > kLongestErrorText) {
      add_escaped(kDetail, std::string_view(outcome.detail).substr(0, service::kLongestDetail));
    }
  }
  if (!result.error.empty()) {
    add_escaped(kError, std::string_view(result.error).substr(0, kMostError));
    if (result.error_truncated || result.error.size() > kMostError) {
      add(kErrorCut, std::string(kIsCut));
    }
  }
  if (outcome.signal > 0) {
    add(kSignal, std::to_string(outcome.signal));
  }
  if (!answer.worker.id.empty()) {
    add(kWorker, answer.worker.id);
  }
  if (!answer.worker.zone.empty()) {
    add(kZone, answer.worker.zone);
  }
  if (const std::string wants = names_of(answer.wants); wants != names_of(kAllParts)) {
    add(kWants, wants);
  }
}

Answer read_answer(const nats::Incoming& message, std::string_view id, std::size_t output_limit) {
  Answer answer;
  take_names(message, answer);
  pool::ReplyReader reader(output_limit);
  reader.expect(pool::RequestId(id));
  using State = pool::ReplyReader::State;
  switch (reader.read(message.payload())) {
    case State::invalid:
      answer.result.outcome = process::Outcome::unusable(reader.problem());
      return answer;
    case State::incomplete:
      answer.result.outcome = process::Outcome::unusable("sent an answer without its end");
      return answer;
    case State::complete:
      break;
  }
  if (reader.kind() == pool::ReplyReader::Kind::error) {
    take_failure(message, reader.error_text(), answer);
  } else {
    answer.result.outcome = outcome_of_reply(reader.status(), message.header(kOutcome));
    if (ended_by_itself(answer.result.outcome)) {
      answer.result.output = std::move(reader.output());
    }
  }
  take_run(message, answer.result);
  return answer;
}

}  // namespace kamexec::fleet

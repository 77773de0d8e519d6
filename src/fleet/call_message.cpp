// SPDX-License-Identifier: GPL-2.0-or-later
#include "fleet/call_message.h"

#include <limits>

#include "pool/words.h"
#include "service/message_words.h"

namespace kamexec::fleet {
namespace {

using pool::take_word;

tl::unexpected<Error> fault_of_caller(const Error& fault) {
  return failure("the caller " + fault.message);
}

Result<std::uint32_t> read_attempt(std::string_view line, std::string_view digits) {
  const auto number = pool::read_number(digits, std::numeric_limits<std::uint32_t>::max());
  if (!number || *number == 0) {
    return service::out_of_step("sent an attempt without its number", line);
  }
  return *number;
}

}  // namespace

bool append_call(std::string& to, const service::CallRequest& request, std::uint32_t attempt,
                 std::size_t most) {
  service::CallRequest without_program = request;
  without_program.program = {};
  return service::append_call(to, without_program, most, attempt);
}

void append_cancel(std::string& to, std::string_view id) {
  service::append_cancel(to, id);
}

/// Any line of it but the last.
Result<void> ReceivedCall::take(const pool::LineReader::Line& line) {
  std::string_view rest = line.text;
  const std::string_view field = take_word(rest);
  if (!open_.is_open()) {
    return field == "request"
               ? open_.begin(service::OpenRequest::Kind::call, line.text, rest)
               : service::out_of_step("sent a call that begins with no request", line.text);
  }
  if (field == "program") {
    return {};  // the subject says it, by which the caller was permitted to call it
  }
  if (field != "attempt") {
    return open_.take(line, field, rest);
  }
  if (attempt_ != 0) {
    return service::out_of_step("sent a field a second time", line.text);
  }
  const Result<std::uint32_t> attempt = read_attempt(line.text, rest);
  if (!attempt) {
    return tl::unexpected<Error>(attempt.error());
  }
  attempt_ = *attempt;
  return {};
}

Result<void> read_call(std::string_view payload, ReceivedCall& into) {
  into.open_.forget();
  into.request_ = {};
  into.attempt_ = 0;
  pool::LineReader lines;
  while (const auto line = lines.next(payload, pool::FieldText::kNoLimit)) {
    std::string_view rest = line->text;
    if (into.open_.is_open() && take_word(rest) == "end") {
      if (rest != into.open_.id() || !payload.empty()) {
        return fault_of_caller(
            service::out_of_step("sent an end that isn't its call's", line->text).value());
      }
      Result<service::CallRequest> whole = into.open_.end_of_kept();
      if (!whole) {
        return tl::unexpected<Error>(std::move(whole.error()));
      }
      into.request_ = *whole;
      return {};
    }
    if (const Result<void> taken = into.take(*line); !taken) {
      return fault_of_caller(taken.error());
    }
  }
  return failure("the caller sent a call without its end");
}

Result<std::string_view> read_cancel(std::string_view payload) {
  std::string_view rest = payload.substr(0, payload.size() - payload.ends_with('\n'));
  if (take_word(rest) != "cancel" || !service::is_id(rest)) {
    return fault_of_caller(service::out_of_step("sent a cancel that is none", payload).value());
  }
  return rest;
}

std::string_view id_of(std::string_view payload) {
  std::string_view rest = payload.substr(0, payload.find('\n'));
  if (take_word(rest) != "request") {
    return {};
  }
  const std::string_view id = take_word(rest);
  return service::is_id(id) ? id : std::string_view();
}

}  // namespace kamexec::fleet

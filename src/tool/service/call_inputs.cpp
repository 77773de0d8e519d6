// SPDX-License-Identifier: GPL-2.0-or-later
#include "tool/service/call_inputs.h"

#include <algorithm>
#include <optional>

#include "base/printable.h"
#include "program/program_definition.h"
#include "program/units.h"
#include "tool/sip/message_file.h"
#include "tool/sip/sip_message.h"

namespace kamexec::tool {
namespace {

constexpr std::size_t kShown = 80;

Result<void> read_program(const CallOptions& options, CallInputs& into) {
  const std::string_view text = options.program;
  const std::string_view name = text.substr(text.starts_with('@') ? 1 : 0);
  if (!text.starts_with('@') || name.empty() || name.size() > program::kLongestProgramName ||
      !std::all_of(name.begin(), name.end(), program::is_program_name_byte)) {
    return failure(printable(text, kShown) +
                   " is not a program's name; write @ and the name, as in @lcr");
  }
  into.program = name;
  into.arguments = options.arguments;
  into.call = options.call;
  into.input = options.input;
  return {};
}

Result<void> read_timeout(const CallOptions& options, CallInputs& into) {
  if (options.timeout.empty()) {
    return {};
  }
  const auto time = program::read_time(options.timeout);
  if (!time || time->count() <= 0) {
    return failure("--timeout " + printable(options.timeout, kShown) +
                   " is not a time; write 200ms, 2s or 5m");
  }
  into.timeout = *time;
  return {};
}

Result<void> read_message(const CallOptions& options, CallInputs& into) {
  if (options.message.empty()) {
    return {};
  }
  Result<std::string> bytes = read_whole_file(options.message);
  if (!bytes) {
    return tl::unexpected<Error>(std::move(bytes.error()));
  }
  MessageText text = with_sip_line_ends(std::move(*bytes));
  into.message = text.bytes;
  into.notes = std::move(text.notes);
  Result<SipMessage> message = SipMessage::read(std::move(text.bytes), {});
  if (!message) {
    return tl::unexpected<Error>(std::move(message.error()));
  }
  into.uri = message->facts().current_uri;
  request::add_request(message->facts(), {}, into.variables);
  return {};
}

Result<void> read_given(const CallOptions& options, CallInputs& into) {
  if (!options.uri.empty()) {
    into.uri = options.uri;
  }
  for (const std::string& assignment : options.environment) {
    const std::size_t equals = assignment.find('=');
    // As the server names them; the daemon takes no others.
    if (equals == std::string::npos || !assignment.starts_with("SIP_")) {
      return failure("--env " + printable(assignment, kShown) +
                     " is not a variable of a request; write SIP_NAME=VALUE");
    }
    into.variables.set(std::string_view(assignment).substr(0, equals),
                       std::string_view(assignment).substr(equals + 1));
  }
  return {};
}

}  // namespace

Result<CallInputs> read_call_inputs(const CallOptions& options) {
  CallInputs inputs;
  using Reader = Result<void> (*)(const CallOptions&, CallInputs&);
  for (const Reader reader : {read_program, read_timeout, read_message, read_given}) {
    if (Result<void> read = reader(options, inputs); !read) {
      return tl::unexpected<Error>(std::move(read.error()));
    }
  }
  return inputs;
}

}  // namespace kamexec::tool

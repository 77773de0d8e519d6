// SPDX-License-Identifier: GPL-2.0-or-later
#include "service/client_messages.h"

#include <algorithm>

#include "pool/field_text.h"
#include "service/message_words.h"

namespace kamexec::service {
namespace {

using pool::FieldText;

/// Of a control: an operator's words.
constexpr std::size_t kNoLimit = FieldText::kNoLimit;

void add_end(FieldText& text, std::string_view id) {
  text.add("end ");
  text.add(id);
  text.add("\n");
}

void add_optional(FieldText& text, std::string_view field, std::string_view value) {
  if (!value.empty()) {
    text.field(field, value);
  }
}

void add_variables(FieldText& text, std::string_view packed) {
  while (!packed.empty()) {
    const std::size_t end = std::min(packed.find('\0'), packed.size());
    text.field("env", packed.substr(0, end));
    packed.remove_prefix(std::min(end + 1, packed.size()));
  }
}

}  // namespace

void append_client_hello(std::string& to) {
  FieldText text(to, kNoLimit);
  text.add("hello ");
  text.add(kServiceProtocolVersion);
  text.add("\n");
  static_cast<void>(text.finish());
}

bool append_call(std::string& to, const CallRequest& request, std::size_t most,
                 std::uint32_t attempt) {
  FieldText text(to, most);
  text.add("request ");
  text.add(request.id);
  text.add(" ");
  text.add(request.call);
  text.add(" ");
  text.add(std::clamp<std::int64_t>(request.time_left.count(), 0, kMostMilliseconds));
  text.add("\n");
  if (!request.program.empty()) {
    text.add("program ");
    text.add(request.program);
    text.add("\n");
  }
  if (attempt > 0) {
    text.add("attempt ");
    text.add(attempt);
    text.add("\n");
  }
  for (const std::string_view argument : request.arguments) {
    text.field("arg", argument);
  }
  add_optional(text, "uri", request.uri);
  add_variables(text, request.variables);
  add_optional(text, "message", request.message);
  add_optional(text, "input", request.input);
  add_end(text, request.id);
  return text.finish();
}

void append_cancel(std::string& to, std::string_view id) {
  FieldText text(to, kNoLimit);
  text.add("cancel ");
  text.add(id);
  text.add("\n");
  static_cast<void>(text.finish());
}

void append_control(std::string& to, const ControlRequest& request) {
  FieldText text(to, kNoLimit);
  text.add("control ");
  text.add(request.id);
  text.add(" ");
  text.add(request.verb);
  text.add("\n");
  for (const std::string_view argument : request.arguments) {
    text.field("arg", argument);
  }
  add_end(text, request.id);
  static_cast<void>(text.finish());
}

}  // namespace kamexec::service

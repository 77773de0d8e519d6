// SPDX-License-Identifier: GPL-2.0-or-later
#include "fleet/outgoing_call.h"

#include <algorithm>

#include "fleet/call_message.h"
#include "fleet/parts.h"

namespace kamexec::fleet {
namespace {

/// The facts of a request are named so. What else stands among an invocation's variables is about
/// the attempt (KAMEXEC_ID), and the worker daemon makes it anew.
constexpr std::string_view kFact = "SIP_";
/// As the environment variables of a request name a header `traceparent`.
constexpr std::string_view kTraceVariable = "SIP_HF_TRACEPARENT=";
/// Bytes that the lines of a header take beside their names and values, and its first and last.
constexpr std::size_t kHeaderRoom = 64;

std::string_view take_variable(std::string_view& packed) {
  const std::string_view variable = packed.substr(0, packed.find('\0'));
  packed.remove_prefix(std::min(variable.size() + 1, packed.size()));
  return variable;
}

bool is_lower_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

}  // namespace

bool is_trace_parent(std::string_view text) {
  // Version 00 of it; a later one may be longer, and begins with the same four fields.
  constexpr std::string_view kForm = "xx-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx-xxxxxxxxxxxxxxxx-xx";
  return text.size() == kForm.size() &&
         std::equal(text.begin(), text.end(), kForm.begin(),
                    [](char c, char form) { return form == '-' ? c == '-' : is_lower_hex(c); });
}

OutgoingCall::OutgoingCall(const engine::Invocation& invocation) : attempt_(invocation.attempt) {
  for (char* const* word = invocation.argv + 1; *word != nullptr; ++word) {
    arguments_.emplace_back(*word);
  }
  bool all_are_facts = true;
  for (std::string_view left = invocation.variables; !left.empty();) {
    const std::string_view variable = take_variable(left);
    all_are_facts = all_are_facts && variable.starts_with(kFact);
    if (variable.starts_with(kTraceVariable)) {  // of two of one name the later counts
      trace_parent_ = variable.substr(kTraceVariable.size());
    }
  }
  if (!is_trace_parent(trace_parent_)) {
    trace_parent_ = {};
  }
  if (!all_are_facts) {
    for (std::string_view left = invocation.variables; !left.empty();) {
      if (const std::string_view variable = take_variable(left); variable.starts_with(kFact)) {
        variables_.append(variable).push_back('\0');
      }
    }
  }
  request_.id = invocation.id;
  request_.call = invocation.call;
  request_.arguments = arguments_;
  request_.uri = invocation.uri;
  request_.variables = all_are_facts ? invocation.variables : std::string_view(variables_);
  request_.message = invocation.message;
  request_.input = invocation.input;
}

engine::Needs OutgoingCall::parts() const {
  return {.variables = !request_.variables.empty(),
          .input = !request_.input.empty(),
          .uri = !request_.uri.empty(),
          .message = !request_.message.empty()};
}

bool CallText::write(const OutgoingCall& call, const Form& form) {
  service::CallRequest request = call.request_;
  request.id = form.id;
  request.time_left = form.time_left;
  engine::Needs left_out = call.parts();
  const auto leave_out = [](bool wanted, bool& is_left_out, std::string_view& part) {
    is_left_out = is_left_out && !wanted;
    part = wanted ? part : std::string_view();
  };
  leave_out(form.wanted.uri, left_out.uri, request.uri);
  leave_out(form.wanted.variables, left_out.variables, request.variables);
  leave_out(form.wanted.message, left_out.message, request.message);
  leave_out(form.wanted.input, left_out.input, request.input);

  header_count_ = 0;
  std::size_t header_size = 0;
  if (!form.may_wait) {
    add(kMayWait, "no");
  }
  if (any(left_out)) {
    left_out_ = names_of(left_out);
    add(kLeftOut, left_out_);
  }
  if (!call.trace_parent_.empty()) {
    add(kTraceParent, call.trace_parent_);
  }
  for (const nats::Header& header : headers()) {
    header_size += header.name.size() + header.value.size();
  }
  header_size += header_count_ > 0 ? kHeaderRoom : 0;
  payload_.clear();
  return header_size < form.most &&
         append_call(payload_, request, call.attempt_, form.most - header_size);
}

}  // namespace kamexec::fleet

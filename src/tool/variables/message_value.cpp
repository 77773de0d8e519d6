// SPDX-License-Identifier: GPL-2.0-or-later
#include "tool/variables/message_value.h"

#include "tool/sip/sip_uri.h"
#include "tool/sip/text.h"

namespace kamexec::tool {
namespace {

using Part = Value (*)(const SipUri& uri);
using Fact = Value (*)(const SipMessage& message);

Value or_null(std::string_view text) {
  return text.empty() ? Value::null() : Value::of(text);
}

Value user_of(const SipUri& uri) {
  return or_null(uri.user);
}
Value host_of(const SipUri& uri) {
  return or_null(uri.host);
}
Value user_size_of(const SipUri& uri) {
  return Value::of(uri.user.size());
}
Value port_of(const SipUri& uri) {
  const bool tls = same_name(uri.transport, "tls");
  return Value::of(!uri.port.empty() ? uri.port : tls ? "5061" : "5060");
}
Value transport_of(const SipUri& uri) {
  return Value::of(uri.transport.empty() ? std::string_view("UDP") : uri.transport);
}
Value scheme_of(const SipUri& uri) {
  return Value::of(uri.kind);
}

Value request_part(const SipMessage& message, Part part) {
  const auto uri = read_sip_uri(message.facts().original_uri);
  return message.facts().is_reply || !uri ? Value::null() : part(*uri);
}
Value request_uri(const SipMessage& message) {
  const std::string_view uri = message.facts().original_uri;
  return message.facts().is_reply || !read_sip_uri(uri) ? Value::null() : Value::of(uri);
}

Value address_part(const std::optional<SipAddress>& address, Part part) {
  const auto uri = address ? read_sip_uri(address->uri) : std::nullopt;
  return uri ? part(*uri) : Value::null();
}

Value header(const SipMessage& message, std::string_view name) {
  return header_value(message, name, {}).value_or(Value::null());
}

Value method(const SipMessage& message) {
  if (!message.facts().is_reply) {
    return Value::of(message.facts().method);
  }
  const std::string text = header(message, "CSeq").text;
  const std::size_t space = text.find_last_of(" \t\r\n");
  return or_null(space == text.npos ? std::string_view()
                                    : std::string_view(text).substr(space + 1));
}

struct Entry {
  std::string_view name;
  Fact fact;
};

// Where two names give one thing, the module has both (pv.c).
constexpr Entry kEntries[] = {
    {"ru", request_uri},
    {"ruri", request_uri},
    {"ou", request_uri},
    {"ouri", request_uri},
    {"rU", [](const SipMessage& m) { return request_part(m, user_of); }},
    {"ruri.user", [](const SipMessage& m) { return request_part(m, user_of); }},
    {"oU", [](const SipMessage& m) { return request_part(m, user_of); }},
    {"rUl", [](const SipMessage& m) { return request_part(m, user_size_of); }},
    {"oUl", [](const SipMessage& m) { return request_part(m, user_size_of); }},
    {"rd", [](const SipMessage& m) { return request_part(m, host_of); }},
    {"ruri.domain", [](const SipMessage& m) { return request_part(m, host_of); }},
    {"od", [](const SipMessage& m) { return request_part(m, host_of); }},
    {"rp", [](const SipMessage& m) { return request_part(m, port_of); }},
    {"op", [](const SipMessage& m) { return request_part(m, port_of); }},
    {"rP", [](const SipMessage& m) { return request_part(m, transport_of); }},
    {"oP", [](const SipMessage& m) { return request_part(m, transport_of); }},
    {"rz", [](const SipMessage& m) { return request_part(m, scheme_of); }},
    {"fu", [](const SipMessage& m) { return m.from() ? Value::of(m.from()->uri) : Value::null(); }},
    {"from",
     [](const SipMessage& m) { return m.from() ? Value::of(m.from()->uri) : Value::null(); }},
    {"fU", [](const SipMessage& m) { return address_part(m.from(), user_of); }},
    {"from.user", [](const SipMessage& m) { return address_part(m.from(), user_of); }},
    {"fUl", [](const SipMessage& m) { return address_part(m.from(), user_size_of); }},
    {"fd", [](const SipMessage& m) { return address_part(m.from(), host_of); }},
    {"from.domain", [](const SipMessage& m) { return address_part(m.from(), host_of); }},
    {"fn", [](const SipMessage& m) { return or_null(m.from() ? m.from()->display : ""); }},
    {"ft", [](const SipMessage& m) { return or_null(m.facts().from_tag); }},
    {"tu", [](const SipMessage& m) { return m.to() ? Value::of(m.to()->uri) : Value::null(); }},
    {"to", [](const SipMessage& m) { return m.to() ? Value::of(m.to()->uri) : Value::null(); }},
    {"tU", [](const SipMessage& m) { return address_part(m.to(), user_of); }},
    {"to.user", [](const SipMessage& m) { return address_part(m.to(), user_of); }},
    {"tUl", [](const SipMessage& m) { return address_part(m.to(), user_size_of); }},
    {"td", [](const SipMessage& m) { return address_part(m.to(), host_of); }},
    {"to.domain", [](const SipMessage& m) { return address_part(m.to(), host_of); }},
    {"tn", [](const SipMessage& m) { return or_null(m.to() ? m.to()->display : ""); }},
    {"tt", [](const SipMessage& m) { return or_null(m.facts().to_tag); }},
    {"ct", [](const SipMessage& m) { return header(m, "Contact"); }},
    {"cT", [](const SipMessage& m) { return header(m, "Content-Type"); }},
    {"ci", [](const SipMessage& m) { return header(m, "Call-ID"); }},
    {"cs", [](const SipMessage& m) { return or_null(m.facts().cseq_number); }},
    {"csb", [](const SipMessage& m) { return header(m, "CSeq"); }},
    {"ua", [](const SipMessage& m) { return header(m, "User-Agent"); }},
    {"rm", method},
    {"rs", [](const SipMessage& m) { return or_null(m.status()); }},
    {"rr", [](const SipMessage& m) { return or_null(m.reason()); }},
    {"si", [](const SipMessage& m) { return Value::of(m.source().ip); }},
    {"src_ip", [](const SipMessage& m) { return Value::of(m.source().ip); }},
    {"sp", [](const SipMessage& m) { return Value::of(std::size_t{m.source().port}); }},
    {"rb", [](const SipMessage& m) { return or_null(m.body()); }},
    {"bs", [](const SipMessage& m) { return Value::of(m.body().size()); }},
    {"mb", [](const SipMessage& m) { return Value::of(m.bytes()); }},
    {"ml", [](const SipMessage& m) { return Value::of(m.bytes().size()); }},
};

}  // namespace

std::optional<Value> message_value(const SipMessage& message, std::string_view class_name) {
  for (const Entry& entry : kEntries) {
    if (entry.name == class_name) {
      return entry.fact(message);
    }
  }
  return std::nullopt;
}

}  // namespace kamexec::tool

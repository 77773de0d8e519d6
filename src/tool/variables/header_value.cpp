// SPDX-License-Identifier: GPL-2.0-or-later
#include <charconv>
#include <vector>

#include "tool/sip/headers.h"
#include "tool/variables/message_value.h"

namespace kamexec::tool {
namespace {

std::vector<std::string_view> bodies(const SipMessage& message, std::string_view name) {
  std::vector<std::string_view> found;
  for (const request::HeaderField& header : message.facts().headers) {
    if (name == "*" || is_header(header.name, name)) {
      found.push_back(header.body);
    }
  }
  return found;
}

std::string joined(const std::vector<std::string_view>& texts) {
  std::string all;
  for (const std::string_view text : texts) {
    all.append(all.empty() ? "" : ",").append(text);
  }
  return all;
}

}  // namespace

std::optional<Value> header_value(const SipMessage& message, std::string_view name,
                                  std::string_view index) {
  const std::vector<std::string_view> found = bodies(message, name);
  if (index == "*") {
    return found.empty() ? Value::null() : Value::of(joined(found));
  }
  long at = 0;
  const auto read = std::from_chars(index.data(), index.data() + index.size(), at);
  if (!index.empty() && (read.ec != std::errc() || read.ptr != index.data() + index.size())) {
    return std::nullopt;
  }
  const long size = static_cast<long>(found.size());
  at = at < 0 ? at + size : at;
  return at < 0 || at >= size ? Value::null() : Value::of(found[static_cast<std::size_t>(at)]);
}

Value header_count(const SipMessage& message, std::string_view name) {
  return Value::of(bodies(message, name).size());
}

}  // namespace kamexec::tool

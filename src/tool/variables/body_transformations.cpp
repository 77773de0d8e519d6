// SPDX-License-Identifier: GPL-2.0-or-later
// {uri.…}, {nameaddr.…}, {tobody.…} and {param.…}: what is taken out of URIs, addresses and lists.
#include <optional>
#include <vector>

#include "tool/sip/sip_address.h"
#include "tool/sip/sip_uri.h"
#include "tool/sip/text.h"
#include "tool/variables/transformation.h"

namespace kamexec::tool {
namespace {

using UriPart = std::string_view (*)(const SipUri& uri);

void take_uri_part(Value& value, UriPart part) {
  std::string_view text = value.text;
  if (text.size() > 4 && text.back() == ';') {
    text.remove_suffix(1);
  }
  const auto uri = read_sip_uri(text);
  value = uri ? Value::of(part(*uri)) : Value::unreadable();
}

void uri_user(Value& value, TransformationParameters&) {
  take_uri_part(value, [](const SipUri& uri) { return uri.user; });
}
void uri_password(Value& value, TransformationParameters&) {
  take_uri_part(value, [](const SipUri& uri) { return uri.password; });
}
void uri_host(Value& value, TransformationParameters&) {
  take_uri_part(value, [](const SipUri& uri) { return uri.host; });
}
void uri_port(Value& value, TransformationParameters&) {
  take_uri_part(value, [](const SipUri& uri) { return uri.port; });
}
void uri_params(Value& value, TransformationParameters&) {
  take_uri_part(value, [](const SipUri& uri) { return uri.sip_params; });
}
void uri_headers(Value& value, TransformationParameters&) {
  take_uri_part(value, [](const SipUri& uri) { return uri.headers; });
}
void uri_scheme(Value& value, TransformationParameters&) {
  take_uri_part(value, [](const SipUri& uri) { return uri.scheme; });
}
void uri_transport(Value& value, TransformationParameters&) {
  take_uri_part(value, [](const SipUri& uri) { return uri.transport; });
}

void uri_param(Value& value, TransformationParameters& parameters) {
  const std::string name = parameters.text();
  uri_params(value, parameters);
  if (value.kind == Value::Kind::text) {
    value = Value::of(std::string(parameter(value.text, name).value_or(std::string_view())));
  }
}

/// Where a byte stands outside of quotes; npos: nowhere.
std::size_t find_unquoted(std::string_view text, char wanted) {
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && quoted) {
      ++i;
    } else if (text[i] == '"') {
      quoted = !quoted;
    } else if (text[i] == wanted && !quoted) {
      return i;
    }
  }
  return text.npos;
}

/// The server splits at the first '<' outside of quotes; without one all is the URI.
void name_addr(Value& value, bool wants_name) {
  const std::string_view text = value.text;
  const std::size_t open = find_unquoted(text, '<');
  const std::size_t close =
      open == text.npos ? text.npos : find_unquoted(text.substr(open + 1), '>');
  if (text.empty() || (open != text.npos && close == text.npos)) {
    value = Value::unreadable();
  } else if (open == text.npos) {
    value = Value::of(wants_name ? std::string() : std::string(text));
  } else {
    value =
        Value::of(std::string(wants_name ? text.substr(0, open) : text.substr(open + 1, close)));
  }
}

void name_addr_name(Value& value, TransformationParameters&) {
  name_addr(value, true);
}
void name_addr_uri(Value& value, TransformationParameters&) {
  name_addr(value, false);
}

struct ListEntry {
  std::string_view name;
  std::string_view value;
};

std::vector<ListEntry> list_of(std::string_view text, char separator) {
  std::vector<ListEntry> entries;
  while (!text.empty()) {
    const std::size_t end = find_unquoted(text, separator);
    const std::string_view one = text.substr(0, end);
    const std::size_t equals = find_unquoted(one, '=');
    std::string_view value =
        equals == one.npos ? std::string_view() : trimmed(one.substr(equals + 1));
    if (value.size() > 1 && value.front() == '"' && value.back() == '"') {
      value = value.substr(1, value.size() - 2);
    }
    entries.push_back({trimmed(one.substr(0, equals)), value});
    text = end == text.npos ? std::string_view() : text.substr(end + 1);
  }
  return entries;
}

char separator_of(TransformationParameters& parameters) {
  return parameters.at_end() ? ';' : parameters.byte(false);
}

void param_value(Value& value, TransformationParameters& parameters) {
  const std::string name = parameters.text();
  const char separator = separator_of(parameters);
  std::string found;
  for (const ListEntry& entry : list_of(value.text, separator)) {
    if (same_name(entry.name, name)) {
      found = entry.value;  // the last counts: the server's list is in reverse
    }
  }
  value = value.text.empty() ? Value::unreadable() : Value::of(found);
}

void param_in(Value& value, TransformationParameters& parameters) {
  const std::string name = parameters.text();
  const char separator = separator_of(parameters);
  bool found = false;
  for (const ListEntry& entry : list_of(value.text, separator)) {
    found = found || same_name(entry.name, name);
  }
  value = value.text.empty() ? Value::unreadable() : Value::of(found ? "1" : "0");
}

void param_count(Value& value, TransformationParameters& parameters) {
  const char separator = separator_of(parameters);
  value =
      value.text.empty() ? Value::unreadable() : Value::of(list_of(value.text, separator).size());
}

constexpr NamedTransform kTransforms[] = {
    {"uri.user", uri_user},           {"uri.passwd", uri_password},
    {"uri.host", uri_host},           {"uri.port", uri_port},
    {"uri.params", uri_params},       {"uri.param", uri_param},
    {"uri.headers", uri_headers},     {"uri.scheme", uri_scheme},
    {"uri.transport", uri_transport}, {"nameaddr.name", name_addr_name},
    {"nameaddr.uri", name_addr_uri},  {"param.value", param_value},
    {"param.in", param_in},           {"param.count", param_count},
};

}  // namespace

Transform find_body_transformation(std::string_view name) {
  for (const NamedTransform& entry : kTransforms) {
    if (entry.name == name) {
      return entry.transform;
    }
  }
  return nullptr;
}

}  // namespace kamexec::tool

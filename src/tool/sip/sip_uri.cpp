// SPDX-License-Identifier: GPL-2.0-or-later
#include "tool/sip/sip_uri.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "tool/sip/text.h"

#include "tool/sip/libre.h"

namespace kamexec::tool {
namespace {

constexpr std::size_t kShortest = 5;  // parse_uri's own bound
constexpr std::size_t kLongestPort = 5;
constexpr unsigned kHighestPort = 65535;

bool is_alphanumeric(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0;
}

bool holds_any(std::string_view text, std::string_view bytes) {
  return text.find_first_of(bytes) != text.npos;
}

bool is_port(std::string_view text) {
  unsigned number = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') {
      return false;
    }
    number = std::min(number * 10 + static_cast<unsigned>(c - '0'), kHighestPort + 1);
  }
  return text.size() <= kLongestPort && number <= kHighestPort;
}

/// A password that begins as a port too high to be one is refused while it may still be the port.
bool is_password(std::string_view text) {
  unsigned number = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') {
      break;
    }
    number = number * 10 + static_cast<unsigned>(c - '0');
    if (number > kHighestPort) {
      return false;
    }
  }
  return !holds_any(text, ":;?[]");
}

bool is_user(std::string_view text) {
  return !text.empty() && !holds_any(text.substr(0, text.find_first_of(";?")), "[]");
}

bool is_host(std::string_view host, bool behind_user) {
  if (!host.empty() && host.front() == '[') {
    return host.size() > 1 && host.back() == ']' && !holds_any(host.substr(1), "[&@;?");
  }
  if (!behind_user) {
    return !host.empty() && !holds_any(host, "[]@");
  }
  return !host.empty() && is_alphanumeric(host.front()) &&
         std::all_of(host.begin(), host.end(),
                     [](char c) { return is_alphanumeric(c) || c == '.' || c == '-'; });
}

/// "host:port" and "[::1]:port".
bool split_host_port(std::string_view text, bool behind_user, SipUri& uri) {
  std::size_t end = text.find(':');
  if (!text.empty() && text.front() == '[') {
    const std::size_t bracket = text.find(']');
    if (bracket == text.npos) {
      return false;
    }
    end = bracket + 1 == text.size() ? text.npos : bracket + 1;
    if (end != text.npos && text[end] != ':') {
      return false;
    }
  }
  uri.host = text.substr(0, end);
  uri.port = end == text.npos ? std::string_view() : text.substr(end + 1);
  return is_host(uri.host, behind_user) && is_port(uri.port);
}

/// user=phone makes it a telephone number, whose own parameters stand in the user part.
void take_phone_parameters(SipUri& uri) {
  if (parameter(uri.params, "user") != std::string_view("phone")) {
    return;
  }
  const std::size_t end = uri.user.find(';');
  uri.params = end == uri.user.npos ? std::string_view() : uri.user.substr(end + 1);
  uri.user = uri.user.substr(0, end);
  uri.kind = "tel";
}

/// Empty: none that the server knows.
std::string_view kind_of(std::string_view scheme) {
  for (const std::string_view kind : {"sip", "sips", "tel", "urn"}) {
    if (same_name(scheme, kind)) {
      return kind;
    }
  }
  return {};
}

/// urn:service:sos; the server takes the part in front for a user.
SipUri read_urn(SipUri uri, std::string_view rest) {
  const std::size_t colon = rest.find(':');
  uri.user = colon == rest.npos ? std::string_view() : rest.substr(0, colon);
  uri.host = colon == rest.npos ? rest : rest.substr(colon + 1);
  return uri;
}

std::string_view without_first(std::string_view text) {
  return text.empty() ? text : text.substr(1);
}

}  // namespace

std::optional<SipUri> read_sip_uri(std::string_view text) {
  struct uri parts = {};
  const struct pl whole = pointer_length(text);
  if (text.size() < kShortest || uri_decode(&parts, &whole) != 0) {
    return std::nullopt;
  }
  SipUri uri;
  uri.scheme = view(parts.scheme);
  uri.kind = kind_of(uri.scheme);
  if (uri.kind.empty()) {
    return std::nullopt;
  }
  const bool has_user = parts.user.p != nullptr;
  uri.user = view(parts.user);
  uri.password = view(parts.password);
  uri.params = without_first(view(parts.params));
  uri.headers = without_first(view(parts.headers));
  std::string_view rest = text.substr(has_user ? text.find('@') + 1 : uri.scheme.size() + 1);
  rest = rest.substr(0, rest.find_first_of(";?"));
  if (uri.kind == "urn" && !has_user) {
    return read_urn(uri, rest);
  }
  if ((has_user && !(is_user(uri.user) && is_password(uri.password))) ||
      !split_host_port(rest, has_user, uri) || holds_any(uri.headers, ";@") ||
      holds_any(uri.params, "@")) {
    return std::nullopt;
  }
  uri.transport = parameter(uri.params, "transport").value_or(std::string_view());
  if (uri.kind == "tel") {
    uri.user = std::exchange(uri.host, {});
  } else {
    uri.sip_params = uri.params;
    take_phone_parameters(uri);
  }
  return uri;
}

std::optional<std::string_view> parameter(std::string_view params, std::string_view name) {
  while (!params.empty()) {
    const std::size_t end = params.find(';');
    const std::string_view one = params.substr(0, end);
    const std::size_t equals = one.find('=');
    if (same_name(trimmed(one.substr(0, equals)), name)) {
      return equals == one.npos ? std::string_view() : trimmed(one.substr(equals + 1));
    }
    params = end == params.npos ? std::string_view() : params.substr(end + 1);
  }
  return std::nullopt;
}

}  // namespace kamexec::tool

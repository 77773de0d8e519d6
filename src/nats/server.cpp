// SPDX-License-Identifier: GPL-2.0-or-later
#include "nats/server.h"

#include <algorithm>
#include <charconv>

#include "base/printable.h"

namespace kamexec::nats {
namespace {

constexpr std::size_t kMostHost = 253;  // RFC 1035, and shorter than what the library has room for

bool is_of_host(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '-' || c == '_';
}

bool is_of_address(char c) {
  return (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || (c >= '0' && c <= '9') || c == ':' ||
         c == '.' || c == '%';
}

tl::unexpected<Error> refused(std::string_view url, std::string_view why) {
  return failure("can't use the NATS server \"" + printable(url, 200) + "\": " + std::string(why) +
                 ". Write nats://HOST:PORT or tls://HOST:PORT");
}

bool is_made_of(std::string_view text, bool (*allowed)(char)) {
  return !text.empty() && std::all_of(text.begin(), text.end(), allowed);
}

}  // namespace

Result<Server> read_server(std::string_view url) {
  Server server;
  std::string_view rest = url;
  if (rest.starts_with("nats://")) {
    rest.remove_prefix(7);
  } else if (rest.starts_with("tls://")) {
    rest.remove_prefix(6);
    server.tls = true;
  } else {
    return refused(url, "it begins with neither nats:// nor tls://");
  }
  if (rest.find('@') != std::string_view::npos) {
    return refused(url,
                   "a user and a password don't belong there: they have settings of their own");
  }
  if (rest.ends_with('/')) {
    rest.remove_suffix(1);
  }
  std::string_view port;
  bool has_port = false;
  if (rest.starts_with('[')) {
    const std::size_t end = rest.find(']');
    const std::string_view address = rest.substr(1, std::min(end, rest.size()) - 1);
    if (end == std::string_view::npos || address.find(':') == std::string_view::npos ||
        !is_made_of(address, is_of_address)) {
      return refused(url, "what is in brackets isn't an IPv6 address");
    }
    server.host = address;
    port = rest.substr(end + 1);
    has_port = !port.empty();
    if (has_port && port.front() != ':') {
      return refused(url, "a colon and a port may follow the address");
    }
    port.remove_prefix(has_port ? 1 : 0);
  } else {
    const std::size_t colon = rest.find(':');
    has_port = colon != std::string_view::npos;
    server.host = rest.substr(0, colon);
    port = has_port ? rest.substr(colon + 1) : std::string_view();
    if (!is_made_of(server.host, is_of_host)) {
      return refused(url, "there is no name of a host in it");
    }
  }
  if (server.host.size() > kMostHost) {
    return refused(url, "the name of its host is too long");
  }
  if (has_port) {
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), server.port);
    if (error != std::errc() || end != port.data() + port.size() || server.port == 0) {
      return refused(url, "its port isn't a number from 1 to 65535");
    }
  }
  return server;
}

std::string host_and_port(const Server& server) {
  const bool is_ipv6 = server.host.find(':') != std::string::npos;
  return (is_ipv6 ? "[" + server.host + "]" : server.host) + ":" + std::to_string(server.port);
}

}  // namespace kamexec::nats

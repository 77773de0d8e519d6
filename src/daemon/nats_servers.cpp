// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/nats_servers.h"

#include <algorithm>
#include <utility>

#include "daemon/host_port.h"
#include "program/attribute_value.h"

namespace kamexec::daemon {
namespace {

using program::shown;

constexpr std::size_t kMostServers = 100;
constexpr std::string_view kPlain = "nats://";
constexpr std::string_view kTls = "tls://";
constexpr std::string_view kDefaultPort = "4222";

/// The URL as it is used: with scheme and port.
Result<std::string> read_server(std::string_view word) {
  std::string_view place = word;
  std::string_view scheme = kPlain;
  for (const std::string_view known : {kPlain, kTls}) {
    if (place.starts_with(known)) {
      scheme = known;
      place.remove_prefix(known.size());
    }
  }
  if (place.ends_with('/')) {
    place.remove_suffix(1);
  }
  if (place.find('@') != place.npos) {
    // It isn't shown: what stands there may be a password.
    return failure(
        "a server is named with a user or a token in its URL, where others would see it: write "
        "user and password_file, or token_file");
  }
  const std::size_t bracket = std::min(place.rfind(']'), place.size());
  const std::size_t begin = bracket == place.size() ? 0 : bracket;
  const std::size_t colon = std::min(place.find(':', begin), place.size());
  const std::string_view host = place.substr(0, colon);
  const std::string_view port =
      colon == place.size() ? kDefaultPort : place.substr(std::min(colon + 1, place.size()));
  if (!is_host(host) || !is_port(port)) {
    return failure(shown(word) +
                   " is not a server: write nats://HOST:4222, or tls://HOST:4222; an IPv6 address "
                   "in brackets");
  }
  return std::string(scheme).append(host).append(":").append(port);
}

}  // namespace

Result<void> add_nats_server(std::string_view word, std::vector<std::string>& to) {
  Result<std::string> server = read_server(word);
  if (!server) {
    return tl::unexpected<Error>(std::move(server.error()));
  }
  if (std::find(to.begin(), to.end(), *server) == to.end()) {
    to.push_back(std::move(*server));
  }
  return to.size() <= kMostServers
             ? Result<void>()
             : failure("there are more than " + std::to_string(kMostServers) + " servers");
}

Result<std::vector<std::string>> read_nats_servers(std::string_view list) {
  std::vector<std::string> servers;
  for (;;) {
    const std::size_t comma = std::min(list.find(','), list.size());
    if (Result<void> added = add_nats_server(list.substr(0, comma), servers); !added) {
      return tl::unexpected<Error>(std::move(added.error()));
    }
    if (comma == list.size()) {
      return servers;
    }
    list.remove_prefix(comma + 1);
  }
}

}  // namespace kamexec::daemon

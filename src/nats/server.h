// SPDX-License-Identifier: GPL-2.0-or-later
// A NATS server as the configuration names it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"

namespace kamexec::nats {

struct Server {
  std::string host;  ///< a name or an address, IPv6 without brackets
  std::uint16_t port = 4222;
  bool tls = false;

  bool operator==(const Server&) const = default;
};

/// nats://HOST[:PORT] or tls://HOST[:PORT]. The error: it is neither, or has what belongs into a
/// file (a user, a password).
[[nodiscard]] Result<Server> read_server(std::string_view url);

/// "HOST:PORT", an IPv6 address in brackets.
[[nodiscard]] std::string host_and_port(const Server& server);

}  // namespace kamexec::nats

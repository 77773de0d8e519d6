// SPDX-License-Identifier: GPL-2.0-or-later
// What a NATS server says to whoever connects. The library tells neither why there was no
// connection nor the server's version, and has no deadline for all of its steps: so it is given
// only servers that have just greeted us.
#pragma once

#include <sys/socket.h>

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/error.h"
#include "nats/server.h"

namespace kamexec::nats {

struct Address {
  sockaddr_storage bytes{};
  socklen_t size = 0;

  /// As the library wants it: "127.0.0.1", "::1".
  [[nodiscard]] std::string host() const;
};

struct Greeting {
  Address address;  ///< that has answered
  std::string version;
  bool tls_required = false;
  bool headers = false;
  bool lame_duck = false;  ///< it is about to end
};

/// Looks its name up and asks its addresses, one after the other, until @p deadline: but for the
/// looking up, which takes what it takes. The error says which server, and is printable.
[[nodiscard]] Result<Greeting> greet(const Server& server, TimePoint deadline);

/// The line INFO {…}, without its end; the address stays empty. The error: it isn't one.
[[nodiscard]] Result<Greeting> read_greeting(std::string_view line);

}  // namespace kamexec::nats

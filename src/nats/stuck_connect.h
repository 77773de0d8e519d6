// SPDX-License-Identifier: GPL-2.0-or-later
// The way out for a thread that is stuck in the library while it connects. The library waits for a
// TLS handshake, and (3.4) for the answer to its CONNECT, without end, and doesn't tell its socket.
#pragma once

#include "nats/greeting.h"

namespace kamexec::nats {

/// Shuts down the sockets of this process that are connected to @p peer and that no connection of
/// ours is known to use: the library finds them ended, and its function returns.
void cut_unattached(const Address& peer);

}  // namespace kamexec::nats

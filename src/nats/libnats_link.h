// SPDX-License-Identifier: GPL-2.0-or-later
// The Link on libnats. The library reads and writes when our loop tells it to (an event loop of its
// interface), and all subscriptions are synchronous ones that are emptied without waiting: no
// message passes through a thread of the library's. Each connection is one natsConnection that is
// never connected anew by the library: whatever was sent on a connection that is lost is known.
#pragma once

#include <memory>

#include "base/error.h"
#include "nats/link.h"
#include "nats/link_options.h"

namespace kamexec::nats {

/// A thread without signals makes connections, as names are looked up and certificates checked
/// there. It is connected some time after this returns. The error: @p options can't be used (a file
/// that isn't there, a URL that isn't one), or the process may not have descriptors or a thread.
///
/// - One connection is current. When its server says that it ends (lame duck), or when it doesn't
///   answer a ping before use, another is made; then the old one gets no more requests, its
///   subscriptions end, and it is closed when its requests are over.
/// - Each connection has an inbox of its own, so that no answer comes twice.
/// - In a forked child it is dead: it must not be used there, nor destroyed.
[[nodiscard]] Result<std::unique_ptr<Link>> make_libnats_link(LinkOptions options);

}  // namespace kamexec::nats

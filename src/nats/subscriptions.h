// SPDX-License-Identifier: GPL-2.0-or-later
// What a link has subscribed to, whatever its connections.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "nats/link.h"

namespace kamexec::nats {

struct Subscription {
  SubscriptionId id = 0;
  std::string subject;
  std::string queue;
  Link::Handler handler;
  bool ends = false;  ///< it was unsubscribed: no new connection gets it
  Link::Done done{};  ///< called when no connection has it any more
};

/// Shared, as a handler may end the subscription that it is called for.
using Subscriptions = std::map<SubscriptionId, std::shared_ptr<Subscription>>;

}  // namespace kamexec::nats

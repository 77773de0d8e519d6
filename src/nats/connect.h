// SPDX-License-Identifier: GPL-2.0-or-later
// Connecting to one server: this waits.
#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/error.h"
#include "nats/channel.h"
#include "nats/greeting.h"
#include "nats/library.h"
#include "nats/link_options.h"
#include "nats/posts.h"
#include "nats/server.h"

namespace kamexec::nats {

/// A connection that is made, before the loop's thread has it.
struct Connected {
  Server server;
  std::string server_version;
  bool tls = false;
  std::string inbox;  ///< messages to INBOX.ANYTHING come to the channel
  std::shared_ptr<Channel> channel;
  std::unique_ptr<ChannelNumber> number;
  LibraryConnection connection;
  LibrarySubscription answers;  ///< of the inbox
};

/// For a thread that may wait, with signals blocked. @p greeting: what @p server has just said. The
/// error says what went wrong with which server or file, and is printable. The library may not see
/// that @p deadline has passed: cut_unattached() helps then.
[[nodiscard]] Result<Connected> connect(const LinkOptions& options, const Server& server,
                                        const Greeting& greeting, TimePoint deadline,
                                        const std::shared_ptr<Posts>& posts);

/// What is said of an attempt that took longer than options.connect_timeout.
[[nodiscard]] std::string no_connection_in_time(const LinkOptions& wanted);

}  // namespace kamexec::nats

// SPDX-License-Identifier: GPL-2.0-or-later
// What libnats' handles are to us: owned, and freed by the library's own functions.
#pragma once

#include <nats/nats.h>

#include <memory>
#include <string>

namespace kamexec::nats {

struct LibraryDeleter {
  void operator()(natsConnection* connection) const { natsConnection_Destroy(connection); }
  void operator()(natsOptions* options) const { natsOptions_Destroy(options); }
  void operator()(natsSubscription* subscription) const { natsSubscription_Destroy(subscription); }
  void operator()(natsMsg* message) const { natsMsg_Destroy(message); }
  void operator()(natsStatistics* statistics) const { natsStatistics_Destroy(statistics); }
};

using LibraryConnection = std::unique_ptr<natsConnection, LibraryDeleter>;
using LibraryOptions = std::unique_ptr<natsOptions, LibraryDeleter>;
using LibrarySubscription = std::unique_ptr<natsSubscription, LibraryDeleter>;
using LibraryMessage = std::unique_ptr<natsMsg, LibraryDeleter>;
using LibraryStatistics = std::unique_ptr<natsStatistics, LibraryDeleter>;

/// Why the library's last function failed in this thread, in its words; printable.
[[nodiscard]] std::string library_error(natsStatus status);

/// Opens the library, once in a process: its threads get no signals. False: there was no memory, or
/// no thread.
[[nodiscard]] bool open_library();

}  // namespace kamexec::nats

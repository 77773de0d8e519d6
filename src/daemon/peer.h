// SPDX-License-Identifier: GPL-2.0-or-later
// Who is at the other end of a Unix socket: unix(7), SO_PEERCRED.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/error.h"

namespace kamexec::daemon {

/// As the kernel noted it when the peer connected: nothing that the peer says.
struct Peer {
  pid_t pid = 0;
  uid_t user = 0;
  gid_t group = 0;
  std::vector<gid_t> groups;  ///< the supplementary ones, sorted

  [[nodiscard]] bool is_in(gid_t wanted) const;
  /// Root, and the user that this process runs as: they could do to it what they liked anyway.
  [[nodiscard]] bool is_operator() const;
  /// "the user 33 (process 4711)", for a log.
  [[nodiscard]] std::string shown() const;
};

[[nodiscard]] Result<Peer> peer_of(int socket);

}  // namespace kamexec::daemon

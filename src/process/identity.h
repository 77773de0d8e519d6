// SPDX-License-Identifier: GPL-2.0-or-later
// Whom a program runs as: credentials(7).
#pragma once

#include <sys/types.h>

#include <vector>

namespace kamexec::process {

/// Numbers, looked up when the configuration is loaded: a name service may be slow, and it may
/// load libraries, so that it is never asked while a call waits.
struct Identity {
  uid_t user = 0;
  gid_t group = 0;
  /// The other groups; replaces all that the host has.
  std::vector<gid_t> supplementary;

  bool operator==(const Identity&) const = default;
};

}  // namespace kamexec::process

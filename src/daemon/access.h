// SPDX-License-Identifier: GPL-2.0-or-later
// Who may call a program: the attribute `allow`.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/error.h"
#include "daemon/peer.h"
#include "program/program_definition.h"

namespace kamexec::daemon {

class Access {
 public:
  /// Everybody.
  Access() = default;
  /// Asks the system's name service: only while definitions are loaded. The error names the
  /// attribute.
  [[nodiscard]] static Result<Access> of(const program::ProgramDefinition& program);

  /// Root and the daemon's own user always may.
  [[nodiscard]] bool allows(const Peer& peer) const;

  bool operator==(const Access&) const = default;

 private:
  bool everybody_ = true;
  std::vector<uid_t> users_;
  std::vector<gid_t> groups_;
};

/// "user lcr, group telephony": whom the attribute names, for a message.
[[nodiscard]] std::string allowed_in_words(const program::ProgramDefinition& program);

}  // namespace kamexec::daemon

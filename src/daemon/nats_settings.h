// SPDX-License-Identifier: GPL-2.0-or-later
// The section [nats] of /etc/kamexec/programs.conf: docs/reference/programs.md describes it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "nats/link_options.h"
#include "program/programs_file.h"

namespace kamexec::daemon {

struct NatsSettings {
  nats::LinkOptions link;  ///< without servers: NATS isn't used
  std::string prefix = "kx";
  std::string zone;  ///< empty: none
  /// Whether programs are offered to the fleet. Absent: unless one of the file has via=nats. A
  /// daemon that hands calls on offers nothing unless it is told to: the programs of a SIP host are
  /// for its own server, and would compete with it for the processors.
  std::optional<bool> offer;
  /// Servers that keep each call of the fleet's store.
  std::int64_t replicas = 1;

  [[nodiscard]] bool are_used() const { return !link.servers.empty(); }
  bool operator==(const NatsSettings&) const = default;
};

/// Reads what stands in the sections. @p servers, where there are any, are used instead of those of
/// the file. All that is wrong is added to @p mistakes, as "FILE:LINE: [nats]: NAME: what is wrong:
/// remedy". Looks for the files that are named, and doesn't read them.
[[nodiscard]] NatsSettings read_nats_settings(
    const std::vector<program::PlacedAttribute>& attributes, std::vector<std::string> servers,
    std::vector<std::string>& mistakes);

}  // namespace kamexec::daemon

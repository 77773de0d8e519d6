// SPDX-License-Identifier: GPL-2.0-or-later
// The UDP payload in one captured packet.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "tool/sip/sip_message.h"

namespace kamexec::tool {

struct UdpPayload {
  std::string_view bytes;  ///< in the packet
  MessageSource source;
};

/// Finds it in @p packet of libpcap's @p link_type (DLT_…): Ethernet with VLAN tags, Linux cooked
/// (SLL, SLL2), raw IP and loopback; IPv4 and IPv6. An error says what it is instead: a fragment,
/// another protocol, cut by the capture's limit.
[[nodiscard]] Result<UdpPayload> udp_payload(std::string_view packet, int link_type);

}  // namespace kamexec::tool

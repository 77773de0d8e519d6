// SPDX-License-Identifier: GPL-2.0-or-later
// A captured packet; the first byte chooses the link type.
#include <pcap/pcap.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "tool/sip/packet.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::array<int, 6> kLinks{DLT_EN10MB, DLT_LINUX_SLL, DLT_LINUX_SLL2,
                                      DLT_RAW,    DLT_NULL,      DLT_IEEE802_11};
  if (size == 0) {
    return 0;
  }
  const std::string_view packet(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto payload = kamexec::tool::udp_payload(packet, kLinks[data[0] % kLinks.size()]);
  if (payload && (payload->source.ip.empty() || payload->bytes.size() > packet.size())) {
    std::abort();
  }
  return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
// Packets as captures hold them, made by hand.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace kamexec::tool {

/// A UDP datagram from port 5070.
[[nodiscard]] std::string udp(std::string_view payload);
/// In IPv4 from 192.0.2.1; @p flags: the flags and the fragment's offset.
[[nodiscard]] std::string ipv4(std::string_view content, unsigned protocol = 17,
                               unsigned flags = 0);
/// In IPv6 from 2001:db8::1.
[[nodiscard]] std::string ipv6(std::string_view content, unsigned next = 17);
/// Behind @p size bytes of a link layer that names @p type at @p at.
[[nodiscard]] std::string link(std::string_view content, unsigned type, std::size_t at,
                               std::size_t size);

/// Writes a capture of @p link_type; returns its path, which the test removes.
[[nodiscard]] std::string write_capture(const std::vector<std::string>& packets, int link_type);

}  // namespace kamexec::tool

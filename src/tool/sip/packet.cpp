// SPDX-License-Identifier: GPL-2.0-or-later
#include "tool/sip/packet.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>

#include <pcap/pcap.h>

namespace kamexec::tool {
namespace {

constexpr unsigned kIpv4 = 0x0800;
constexpr unsigned kIpv6 = 0x86dd;
constexpr unsigned kVlan = 0x8100;
constexpr unsigned kServiceVlan = 0x88a8;
constexpr std::size_t kIpv6Header = 40;
constexpr std::size_t kUdpHeader = 8;

/// Big-endian; the caller has checked the size.
unsigned number16(std::string_view bytes, std::size_t at) {
  return static_cast<unsigned>(static_cast<unsigned char>(bytes[at])) << 8 |
         static_cast<unsigned char>(bytes[at + 1]);
}
unsigned byte(std::string_view bytes, std::size_t at) {
  return static_cast<unsigned char>(bytes[at]);
}

tl::unexpected<Error> cut() {
  return failure(
      "the packet was truncated by the capture (or is malformed): capture with tcpdump "
      "-s 0");
}

Result<std::string_view> behind(std::string_view bytes, std::size_t size) {
  if (bytes.size() < size) {
    return cut();
  }
  return bytes.substr(size);
}

std::string address_text(int family, std::string_view bytes) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const char* shown = ::inet_ntop(family, bytes.data(), text.data(), text.size());
  return shown == nullptr ? std::string() : std::string(shown);
}

Result<UdpPayload> read_udp(std::string_view bytes, std::string source) {
  if (bytes.size() < kUdpHeader) {
    return cut();
  }
  const std::size_t size = number16(bytes, 4);
  if (size < kUdpHeader || size > bytes.size()) {
    return cut();
  }
  return UdpPayload{bytes.substr(kUdpHeader, size - kUdpHeader),
                    {std::move(source), number16(bytes, 0)}};
}

tl::unexpected<Error> no_udp(unsigned protocol) {
  return failure("the packet is not UDP" +
                 std::string(protocol == IPPROTO_TCP ? " but TCP: only SIP over UDP can be read "
                                                       "from a capture"
                                                     : ""));
}

tl::unexpected<Error> fragment() {
  return failure(
      "the packet is a fragment of an IP datagram: save the message to a file and use "
      "--message");
}

Result<UdpPayload> read_ipv4(std::string_view bytes) {
  if (bytes.size() < 20 || byte(bytes, 0) >> 4 != 4) {
    return cut();
  }
  const std::size_t header = std::size_t{byte(bytes, 0) & 15U} * 4;
  const std::size_t total = number16(bytes, 2);
  if (header < 20 || total < header || total > bytes.size()) {
    return cut();
  }
  if ((number16(bytes, 6) & 0x3fff) != 0) {  // more fragments, or an offset
    return fragment();
  }
  if (byte(bytes, 9) != IPPROTO_UDP) {
    return no_udp(byte(bytes, 9));
  }
  return read_udp(bytes.substr(header, total - header), address_text(AF_INET, bytes.substr(12, 4)));
}

bool is_extension(unsigned next) {
  return next == IPPROTO_HOPOPTS || next == IPPROTO_ROUTING || next == IPPROTO_DSTOPTS;
}

Result<UdpPayload> read_ipv6(std::string_view bytes) {
  if (bytes.size() < kIpv6Header || byte(bytes, 0) >> 4 != 6) {
    return cut();
  }
  std::string source = address_text(AF_INET6, bytes.substr(8, 16));
  unsigned next = byte(bytes, 6);
  std::string_view rest = bytes.substr(kIpv6Header);
  while (is_extension(next)) {
    if (rest.size() < 2 || rest.size() < (byte(rest, 1) + std::size_t{1}) * 8) {
      return cut();
    }
    next = byte(rest, 0);
    rest.remove_prefix((byte(rest, 1) + std::size_t{1}) * 8);
  }
  if (next == IPPROTO_FRAGMENT) {
    return fragment();
  }
  return next == IPPROTO_UDP ? read_udp(rest, std::move(source)) : Result<UdpPayload>(no_udp(next));
}

Result<UdpPayload> read_ip(std::string_view bytes) {
  if (bytes.empty()) {
    return cut();
  }
  return byte(bytes, 0) >> 4 == 6 ? read_ipv6(bytes) : read_ipv4(bytes);
}

/// Behind a link layer that names what it carries at @p at, in front of @p header bytes.
Result<UdpPayload> read_named(std::string_view packet, std::size_t at, std::size_t header) {
  if (packet.size() < header) {
    return cut();
  }
  unsigned type = number16(packet, at);
  std::string_view rest = packet.substr(header);
  while (type == kVlan || type == kServiceVlan) {
    if (rest.size() < 4) {
      return cut();
    }
    type = number16(rest, 2);
    rest.remove_prefix(4);
  }
  if (type != kIpv4 && type != kIpv6) {
    return failure("the packet is not IP");
  }
  return read_ip(rest);
}

Result<UdpPayload> read_after(std::string_view packet, std::size_t header) {
  const Result<std::string_view> rest = behind(packet, header);
  return rest ? read_ip(*rest) : Result<UdpPayload>(tl::unexpected<Error>(rest.error()));
}

}  // namespace

Result<UdpPayload> udp_payload(std::string_view packet, int link_type) {
  switch (link_type) {
    case DLT_EN10MB:
      return read_named(packet, 12, 14);
    case DLT_LINUX_SLL:
      return read_named(packet, 14, 16);
    case DLT_LINUX_SLL2:
      return read_named(packet, 0, 20);
    case DLT_RAW:
    case DLT_IPV4:
    case DLT_IPV6:
      return read_ip(packet);
    case DLT_NULL:
    case DLT_LOOP:
      return read_after(packet, 4);
    default:
      break;
  }
  const char* name = ::pcap_datalink_val_to_name(link_type);
  return failure("captures of link type " +
                 (name == nullptr ? std::to_string(link_type) : std::string(name)) +
                 " can't be read; Ethernet, Linux cooked and raw IP can");
}

}  // namespace kamexec::tool

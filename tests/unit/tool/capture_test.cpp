// SPDX-License-Identifier: GPL-2.0-or-later
#include "tool/sip/capture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pcap/pcap.h>
#include <unistd.h>

#include "captured_packet.h"
#include "tool/sip/packet.h"

namespace kamexec::tool {
namespace {

using testing::HasSubstr;

constexpr std::string_view kMessage = "OPTIONS sip:a SIP/2.0\r\n\r\n";

struct Packet {
  const char* name;
  std::string bytes;
  int link_type;
  const char* source;
};

class Packets : public testing::TestWithParam<Packet> {};

TEST_P(Packets, GiveTheirPayloadAndWhereItCameFrom) {
  const Result<UdpPayload> payload = udp_payload(GetParam().bytes, GetParam().link_type);
  ASSERT_TRUE(payload) << payload.error().message;
  EXPECT_EQ(payload->bytes, kMessage);
  EXPECT_EQ(payload->source.ip, GetParam().source);
  EXPECT_EQ(payload->source.port, 5070U);
}

TEST_P(Packets, ThatAreCutAreToldAtEveryPlace) {
  for (std::size_t size = 0; size < GetParam().bytes.size(); ++size) {
    EXPECT_FALSE(udp_payload(GetParam().bytes.substr(0, size), GetParam().link_type)) << size;
  }
}

const std::string kIpv4 = ipv4(udp(kMessage));
const std::string kIpv6 = ipv6(udp(kMessage));

INSTANTIATE_TEST_SUITE_P(
    Links, Packets,
    testing::Values(
        Packet{"Ethernet", link(kIpv4, 0x0800, 12, 14), DLT_EN10MB, "192.0.2.1"},
        Packet{"EthernetIpv6", link(kIpv6, 0x86dd, 12, 14), DLT_EN10MB, "2001:db8::1"},
        Packet{"Vlan", link(link(kIpv4, 0x0800, 2, 4), 0x8100, 12, 14), DLT_EN10MB, "192.0.2.1"},
        Packet{"Cooked", link(kIpv4, 0x0800, 14, 16), DLT_LINUX_SLL, "192.0.2.1"},
        Packet{"Cooked2", link(kIpv6, 0x86dd, 0, 20), DLT_LINUX_SLL2, "2001:db8::1"},
        Packet{"Raw4", kIpv4, DLT_RAW, "192.0.2.1"}, Packet{"Raw6", kIpv6, DLT_RAW, "2001:db8::1"},
        Packet{"Ipv6Options", ipv6(std::string("\x11\0\0\0\0\0\0\0", 8) + udp(kMessage), 0),
               DLT_RAW, "2001:db8::1"},
        Packet{"Loopback", std::string(4, '\2') + kIpv4, DLT_NULL, "192.0.2.1"}),
    [](const auto& packet) { return packet.param.name; });

std::string error_of(const std::string& packet, int link_type = DLT_RAW) {
  const Result<UdpPayload> payload = udp_payload(packet, link_type);
  return payload ? "none" : payload.error().message;
}

TEST(Packet, SaysWhatItIsInstead) {
  EXPECT_THAT(error_of(ipv4("x", 6)), HasSubstr("TCP"));
  EXPECT_THAT(error_of(ipv4("x", 1)), HasSubstr("not UDP"));
  EXPECT_THAT(error_of(ipv4(udp(kMessage), 17, 0x2000)), HasSubstr("fragment"));
  EXPECT_THAT(error_of(ipv4(udp(kMessage), 17, 100)), HasSubstr("fragment"));
  EXPECT_THAT(error_of(ipv6(std::string(8, '\0') + udp(kMessage), 44)), HasSubstr("fragment"));
  EXPECT_THAT(error_of(link("x", 0x0806, 12, 14), DLT_EN10MB), HasSubstr("not IP"));
  EXPECT_THAT(error_of("x", DLT_IEEE802_11), HasSubstr("IEEE802_11"));
}

TEST(Capture, GivesAPacketByItsNumber) {
  const std::string path =
      write_capture({ipv4(udp("no sip")), ipv4(udp(kMessage)), ipv4("x", 6)}, DLT_RAW);
  const Result<CapturedMessage> second = read_capture(path, 2);
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_EQ(second->bytes, kMessage);
  EXPECT_EQ(second->source.ip, "192.0.2.1");
  EXPECT_THAT(read_capture(path, 1).error().message, HasSubstr("packet 1: the packet is UDP, but"));
  EXPECT_THAT(read_capture(path, 3).error().message, HasSubstr("TCP"));
  EXPECT_THAT(read_capture(path, 4).error().message, HasSubstr("it has 3 packets"));
  EXPECT_THAT(read_capture(path, 0).error().message, HasSubstr("from 1"));
  ::unlink(path.c_str());
  EXPECT_THAT(read_capture(path, 1).error().message, HasSubstr("can't be opened"));
}

}  // namespace
}  // namespace kamexec::tool

// SPDX-License-Identifier: GPL-2.0-or-later
#include "captured_packet.h"

#include <pcap/pcap.h>
#include <stdlib.h>
#include <unistd.h>

namespace kamexec::tool {
namespace {

std::string number16(std::size_t number) {
  return {static_cast<char>(number >> 8 & 255), static_cast<char>(number & 255)};
}

}  // namespace

std::string udp(std::string_view payload) {
  return number16(5070) + number16(5060) + number16(payload.size() + 8) + number16(0) +
         std::string(payload);
}

std::string ipv4(std::string_view content, unsigned protocol, unsigned flags) {
  std::string packet = "\x45";
  packet += std::string(1, '\0') + number16(content.size() + 20) + number16(1) + number16(flags);
  packet += "\x40" + std::string(1, static_cast<char>(protocol)) + number16(0);
  packet += std::string("\xc0\x00\x02\x01", 4) + std::string("\xc0\x00\x02\x02", 4);
  return packet + std::string(content);
}

std::string ipv6(std::string_view content, unsigned next) {
  const std::string address = std::string("\x20\x01\x0d\xb8", 4) + std::string(11, '\0') + "\x01";
  std::string packet = "\x60" + std::string(3, '\0') + number16(content.size());
  packet += std::string(1, static_cast<char>(next)) + "\x40" + address + address;
  return packet + std::string(content);
}

std::string link(std::string_view content, unsigned type, std::size_t at, std::size_t size) {
  std::string header(size, '\0');
  header.replace(at, 2, number16(type));
  return header + std::string(content);
}

std::string write_capture(const std::vector<std::string>& packets, int link_type) {
  std::string path = "/tmp/kamexec-capture-XXXXXX";
  const int fd = ::mkstemp(path.data());
  pcap_t* capture = ::pcap_open_dead(link_type, 65535);
  pcap_dumper_t* dumper = ::pcap_dump_fopen(capture, ::fdopen(fd, "wb"));
  for (const std::string& packet : packets) {
    pcap_pkthdr header{};
    header.caplen = header.len = static_cast<bpf_u_int32>(packet.size());
    ::pcap_dump(reinterpret_cast<u_char*>(dumper), &header,
                reinterpret_cast<const u_char*>(packet.data()));
  }
  ::pcap_dump_close(dumper);
  ::pcap_close(capture);
  return path;
}

}  // namespace kamexec::tool

// SPDX-License-Identifier: GPL-2.0-or-later
#include "tool/sip/capture.h"

#include <array>
#include <memory>
#include <string_view>

#include <pcap/pcap.h>

#include "tool/sip/packet.h"

namespace kamexec::tool {
namespace {

struct CaptureCloser {
  void operator()(pcap_t* capture) const { ::pcap_close(capture); }
};
using Capture = std::unique_ptr<pcap_t, CaptureCloser>;

/// The packet, which lives until the next is read; an error where there are fewer.
Result<std::string_view> packet_at(pcap_t* capture, std::size_t number) {
  struct pcap_pkthdr* header = nullptr;
  const u_char* bytes = nullptr;
  for (std::size_t i = 1; i <= number; ++i) {
    const int got = ::pcap_next_ex(capture, &header, &bytes);
    if (got == PCAP_ERROR_BREAK) {
      return failure("it has " + std::to_string(i - 1) + " packets");
    }
    if (got != 1) {
      return failure(::pcap_geterr(capture));
    }
  }
  return std::string_view(reinterpret_cast<const char*>(bytes), header->caplen);
}

bool looks_like_sip(std::string_view bytes) {
  const std::string_view line = bytes.substr(0, bytes.find('\n'));
  return line.find("SIP/2.0") != line.npos;
}

Result<CapturedMessage> read_packet(pcap_t* capture, std::size_t number) {
  const Result<std::string_view> packet = packet_at(capture, number);
  if (!packet) {
    return tl::unexpected<Error>(packet.error());
  }
  Result<UdpPayload> payload = udp_payload(*packet, ::pcap_datalink(capture));
  if (!payload) {
    return tl::unexpected<Error>(std::move(payload.error()));
  }
  if (!looks_like_sip(payload->bytes)) {
    return failure("the packet is UDP, but not a SIP message");
  }
  return CapturedMessage{std::string(payload->bytes), std::move(payload->source)};
}

}  // namespace

Result<CapturedMessage> read_capture(const std::string& path, std::size_t number) {
  std::array<char, PCAP_ERRBUF_SIZE> error{};
  const Capture capture(::pcap_open_offline(path.c_str(), error.data()));
  if (!capture) {
    return failure("the capture can't be opened: " + std::string(error.data()));
  }
  if (number == 0) {
    return failure("packets of a capture are counted from 1");
  }
  Result<CapturedMessage> message = read_packet(capture.get(), number);
  if (!message) {
    return failure(path + ", packet " + std::to_string(number) + ": " + message.error().message);
  }
  return message;
}

}  // namespace kamexec::tool

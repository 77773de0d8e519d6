// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <string>

#include "base/error.h"
#include "tool/sip/sip_message.h"

namespace kamexec::tool {

struct CapturedMessage {
  std::string bytes;
  MessageSource source;
};

/// The SIP message in packet @p number (from 1, as tools for captures count) of the capture @p
/// path, in pcap or pcapng. Errors name the packet and say why it can't be taken.
[[nodiscard]] Result<CapturedMessage> read_capture(const std::string& path, std::size_t number);

}  // namespace kamexec::tool

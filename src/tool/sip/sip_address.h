// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <string_view>

namespace kamexec::tool {

/// A From or To (name-addr or addr-spec, RFC 3261 section 20.10). Views of the text that was read.
struct SipAddress {
  std::string_view display;  ///< with its quotes, as the server gives $fn
  std::string_view uri;      ///< without <>
  std::string_view tag;
};

/// Nothing where it is no address.
[[nodiscard]] std::optional<SipAddress> read_sip_address(std::string_view text);

}  // namespace kamexec::tool

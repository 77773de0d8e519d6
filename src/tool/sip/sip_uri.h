// SPDX-License-Identifier: GPL-2.0-or-later
// A URI as the server reads it.
#pragma once

#include <optional>
#include <string_view>

namespace kamexec::tool {

/// Views of the text that was read. Missing: empty.
struct SipUri {
  std::string_view scheme;  ///< as written
  std::string_view kind;    ///< "sip", "sips", "tel" (sip: with user=phone, too), "urn"; static
  std::string_view user;    ///< of tel:, the number
  std::string_view password;
  std::string_view host;  ///< an IPv6 address with its brackets; empty for tel:
  std::string_view port;
  std::string_view params;      ///< without the first ';'; of user=phone, those of the number
  std::string_view sip_params;  ///< of sip: and sips:, always the URI's own
  std::string_view headers;     ///< without the '?'
  std::string_view transport;   ///< the value of that parameter
};

/// Reads @p text as Kamailio 5.6 does (parse_uri: sip, sips, tel and urn alone; hosts of letters,
/// digits, '.' and '-' behind a user). Nothing where that takes it for no URI: there the server has
/// no $rU, and drops the URI from a command's output.
[[nodiscard]] std::optional<SipUri> read_sip_uri(std::string_view text);

/// The value of a parameter (case does not count) of "a=1;b;c=2"; nothing where it isn't there.
[[nodiscard]] std::optional<std::string_view> parameter(std::string_view params,
                                                        std::string_view name);

}  // namespace kamexec::tool

// SPDX-License-Identifier: GPL-2.0-or-later
#include "tool/sip/sip_address.h"

#include "tool/sip/sip_uri.h"
#include "tool/sip/text.h"

#include "tool/sip/libre.h"

namespace kamexec::tool {

std::optional<SipAddress> read_sip_address(std::string_view text) {
  struct sip_addr parts = {};
  const struct pl whole = pointer_length(text);
  if (sip_addr_decode(&parts, &whole) != 0) {
    return std::nullopt;
  }
  SipAddress address;
  address.uri = trimmed(view(parts.auri));
  if (address.uri.find('<') != address.uri.npos) {
    return std::nullopt;
  }
  const std::size_t bracket =
      text.find('<', view(parts.dname).empty()
                         ? 0
                         : static_cast<std::size_t>(parts.dname.p - text.data()) + parts.dname.l);
  if (parts.dname.l > 0 && bracket != text.npos) {
    address.display = trimmed(text.substr(0, bracket));
  }
  std::string_view params = view(parts.params);
  if (!params.empty()) {
    params = trimmed(params);
    params = params.substr(params.find(';') == params.npos ? params.size() : params.find(';') + 1);
  }
  address.tag = parameter(params, "tag").value_or(std::string_view());
  return address;
}

}  // namespace kamexec::tool

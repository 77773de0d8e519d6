// SPDX-License-Identifier: GPL-2.0-or-later
// Places in a network, as settings name them. Pure.
#pragma once

#include <string>
#include <string_view>

namespace kamexec::daemon {

/// An IPv4 address, or an IPv6 one in brackets.
[[nodiscard]] bool is_address(std::string_view host);
/// An address, or a name by its form: letters, digits, '-', '_' and '.'.
[[nodiscard]] bool is_host(std::string_view host);
/// 1 to 65535.
[[nodiscard]] bool is_port(std::string_view text);

}  // namespace kamexec::daemon

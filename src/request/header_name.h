// SPDX-License-Identifier: GPL-2.0-or-later
// SIP header field names as names of environment variables.
#pragma once

#include <cstddef>
#include <string_view>

namespace kamexec::request {

inline constexpr std::string_view kHeaderVariablePrefix = "SIP_HF_";

/// The most bytes that write_header_variable() writes for a name of @p size bytes.
[[nodiscard]] std::size_t longest_header_variable(std::size_t size);

/// Writes the variable for header field @p name to @p out (not NUL-terminated, room for
/// longest_header_variable() bytes), and gives its size. A compact form of IANA's registry of SIP
/// header fields counts as its long one; upper case; every other byte than A-Z and 0-9 is `_`.
/// Call-ID is SIP_HF_CALLID, as it has always been. `t`, `To` => `SIP_HF_TO`.
std::size_t write_header_variable(std::string_view name, char* out);

}  // namespace kamexec::request

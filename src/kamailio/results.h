// SPDX-License-Identifier: GPL-2.0-or-later
// What a command printed, given to the host: the whole of it or nothing.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "kamailio/host.h"

namespace kamexec {

/// The URIs of @p output: the first replaces the R-URI, the others become branches where the route
/// takes them. Lines that are no URI are left out with a warning. Error: not one is usable, or the
/// host could not take it; the R-URI is untouched then.
[[nodiscard]] Result<void> apply_uris(HostMessage* message, const std::string& label,
                                      std::string_view output);

/// Each line an AVP, named by @p names (NULL: none) and past its end by its number.
[[nodiscard]] Result<void> apply_avps(HostMessage* message, const std::string& label,
                                      HostAvpList* names, std::string_view output);

/// The whole text, without the newlines at its end, as a variable's value.
[[nodiscard]] Result<void> apply_variable(HostMessage* message, HostVariable* variable,
                                          std::string_view text);

}  // namespace kamexec

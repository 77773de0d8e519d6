// SPDX-License-Identifier: GPL-2.0-or-later
// What a command printed, given to the host: the whole of it or nothing.
#pragma once

#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "base/clock.h"
#include "kamailio/host/host.h"
#include "process/outcome.h"

namespace kamexec::module {

/// The error is the call's outcome, and nothing was applied: the output can't be used, or its
/// deadline passed.
using Applied = tl::expected<void, process::Outcome>;

/// The URIs of @p output: the first replaces the R-URI, the others become branches where the route
/// takes them. Lines that are no URI are left out with a warning. Error: not one is usable, there
/// are too many lines, or the host could not take it; the R-URI is untouched then.
[[nodiscard]] Applied apply_uris(HostMessage* message, const std::string& label,
                                 std::string_view output);

/// Each line an AVP, named by @p names (NULL: none) and past its end by its number. Error: there
/// are too many lines, the host could not keep them, or that took longer than @p until.
[[nodiscard]] Applied apply_avps(HostMessage* message, const std::string& label, HostAvpList* names,
                                 std::string_view output, TimePoint until);

/// The whole text, without the newlines at its end, as a variable's value.
[[nodiscard]] Applied apply_variable(HostMessage* message, HostVariable* variable,
                                     std::string_view text);

}  // namespace kamexec::module

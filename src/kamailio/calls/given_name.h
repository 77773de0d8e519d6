// SPDX-License-Identifier: GPL-2.0-or-later
// Names of routes, variables and AVPs that a call brings: they may be made of what a caller sent.
#pragma once

#include <string_view>

#include "kamailio/host/log.h"

namespace kamexec::module {

/// Whether @p name may be handed to the host's own parsers: printable ASCII, as all of the host's
/// names are. Those write what they can't read into the log as it is.
[[nodiscard]] bool is_plain_name(std::string_view name);

/// An error in the log: what it is, the name as printable text, and why it can't be used.
void log_unusable_name(std::string_view what, std::string_view name, std::string_view why,
                       LogSource from = LogSource::current());

}  // namespace kamexec::module

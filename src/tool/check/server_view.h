// SPDX-License-Identifier: GPL-2.0-or-later
// The server's own preprocessor (kamailio --cfg-print, 5.6 and later) as a second opinion: it has
// no line numbers and no names of files, but it knows best what is included and left out.
#pragma once

#include <string>

#include "tool/check/check_options.h"
#include "tool/check/configuration.h"

namespace kamexec::tool::check {

/// The path of the server's program; empty: none is in PATH.
[[nodiscard]] std::string find_server();

/// 5.6.3, as `SERVER -v` says it; none: it says nothing like that.
[[nodiscard]] variables::ServerVersion server_version(const std::string& server);

/// Runs `SERVER --cfg-print -f PATH` (it loads no module and runs no route), for some seconds at
/// most, reads what it prints, and compares the calls with those of @p configuration. True: they
/// are the same. Else a note says what is different, or that the server could not be asked.
[[nodiscard]] bool compare_with_server(Configuration& configuration, const std::string& path,
                                       const CheckOptions& options);

}  // namespace kamexec::tool::check

// SPDX-License-Identifier: GPL-2.0-or-later
// The daemon as a command sees it: one connection, one question, one answer.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "service/client.h"
#include "tool/service/service_options.h"

namespace kamexec::tool {

/// A client that the daemon has told of all programs that this user may call. The error says what
/// can be done where there is no daemon, or none that lets this user connect.
[[nodiscard]] Result<std::unique_ptr<service::Client>> meet_service(const ServiceOptions& options);

/// What the daemon answers to a command to itself. The error is its own, where it refuses.
[[nodiscard]] Result<std::string> ask_service(service::Client& client, std::string_view verb,
                                              const std::vector<std::string>& arguments);

/// Says why @p command failed, on standard error or as JSON. Returns @p status.
int report_failure(const ServiceOptions& options, std::string_view command, const Error& error,
                   int status);

}  // namespace kamexec::tool

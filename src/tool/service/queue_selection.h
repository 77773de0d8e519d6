// SPDX-License-Identifier: GPL-2.0-or-later
// Which notifications a command line of `kamexec queue` is about, as the daemon is told. What looks
// like a selection and restricts nothing, as from an empty variable of a shell, is refused.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "tool/service/service_options.h"

namespace kamexec::tool {

/// The id of a notification is 32 hexadecimal digits.
[[nodiscard]] Result<void> check_id(const std::string& id);

/// "program=billing", "state=dead", of --program and --state.
[[nodiscard]] Result<std::vector<std::string>> filters_of(const QueueOptions& options);

/// Of a command that changes what it is about. The error: neither ids nor a selection were given,
/// or both.
[[nodiscard]] Result<void> check_selection(const QueueOptions& options);

/// "dead notifications of billing", "notification" where @p count is 1.
[[nodiscard]] std::string selection_text(const QueueOptions& options, std::size_t count);

}  // namespace kamexec::tool

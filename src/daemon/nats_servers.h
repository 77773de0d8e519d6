// SPDX-License-Identifier: GPL-2.0-or-later
// NATS servers, as files and the command line name them. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace kamexec::daemon {

/// Adds nats://HOST[:PORT], tls://HOST[:PORT], or HOST[:PORT], as nats::LinkOptions takes it. The
/// error says what to write.
[[nodiscard]] Result<void> add_nats_server(std::string_view word, std::vector<std::string>& to);

/// All of @p list, with commas between them. The error is about the first wrong one.
[[nodiscard]] Result<std::vector<std::string>> read_nats_servers(std::string_view list);

}  // namespace kamexec::daemon

// SPDX-License-Identifier: GPL-2.0-or-later
// Who we are to a NATS server, read from files.
#pragma once

#include "base/error.h"
#include "nats/library.h"
#include "nats/link_options.h"

namespace kamexec::nats {

/// Reads the files that @p wanted names, as they are now. The error names the file.
[[nodiscard]] Result<void> set_credentials(natsOptions* options, const LinkOptions& wanted);

/// That the files can be read, that what is set goes together, and that each is what it should be,
/// as far as can be told without a server.
[[nodiscard]] Result<void> check_credentials(const LinkOptions& wanted);

}  // namespace kamexec::nats

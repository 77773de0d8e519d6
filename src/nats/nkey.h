// SPDX-License-Identifier: GPL-2.0-or-later
// NATS' keys (nkeys): Ed25519, written in base32 with a prefix and a checksum.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace kamexec::nats {

/// The public key ("U…") of a user's @p seed ("SU…"). The error doesn't contain the seed.
[[nodiscard]] Result<std::string> public_key_of(std::string_view seed);

}  // namespace kamexec::nats

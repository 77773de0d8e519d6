// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>

namespace kamexec::test {

/// What C++ code of this program has allocated and not freed, to the byte. Counted by operators new
/// and delete of our own; always 0 under AddressSanitizer, which has its own (and finds leaks
/// itself).
[[nodiscard]] std::size_t live_bytes();

}  // namespace kamexec::test

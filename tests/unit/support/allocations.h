// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>

namespace kamexec::test {

/// What C++ code of this program has allocated, counted by operators new and delete of our own; 0
/// under AddressSanitizer, which has its own (and finds leaks itself).
struct Allocations {
  std::size_t ever = 0;        ///< how often
  std::size_t live_bytes = 0;  ///< and not freed
};
[[nodiscard]] Allocations allocations();

}  // namespace kamexec::test

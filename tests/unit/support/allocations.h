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

/// Of the allocations from now on, lets @p good succeed and then @p bad throw std::bad_alloc; all
/// others succeed. Nothing fails under AddressSanitizer.
void fail_allocations(std::size_t good, std::size_t bad);
/// How many have failed since then; from now on all succeed.
std::size_t stop_failing();

}  // namespace kamexec::test

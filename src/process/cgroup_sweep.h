// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>

namespace kamexec::process {

/// Removes the groups of runs below @p parent whose owner has died: what still lives in one is
/// killed first, unless its run was over. Waits for their end, a second at the longest. Groups of
/// processes that live, here or in other pid namespaces, are left alone. Gives how many there were.
std::size_t remove_abandoned_cgroups(int parent);

}  // namespace kamexec::process

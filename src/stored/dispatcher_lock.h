// SPDX-License-Identifier: GPL-2.0-or-later
// Which of the processes that have a store open starts attempts: the one that has locked a file
// beside the database.
#pragma once

#include <string>

#include "base/error.h"
#include "base/unique_fd.h"

namespace kamexec::stored {

/// The lock of @p directory, held as long as the descriptor is open and the kernel's to release at
/// the end of the process (flock(2)). Without a descriptor: another process has it.
[[nodiscard]] Result<UniqueFd> lock_dispatcher(const std::string& directory);

}  // namespace kamexec::stored

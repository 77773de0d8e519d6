// SPDX-License-Identifier: GPL-2.0-or-later
// The database of a directory: opened, or made where there is none.
#pragma once

#include <memory>
#include <string>

#include "base/error.h"
#include "stored/database.h"

namespace kamexec::stored {

/// What a notification's row says of it. The file has these numbers.
enum class Place {
  ready = 0,    ///< to be run at its time
  blocked = 1,  ///< waits for another one of its order
  taken = 2,    ///< in a dispatcher's hands
  done = 3,
  dead = 4,
};
inline constexpr int kPlaces = 5;

/// Of @p directory, which is made where it isn't there, as is the database; never in the place of
/// something else. Up to kCheckedBytes the structure of the whole file is checked; what a damaged
/// page does to a larger one shows when it is read. Errors, in words with the remedy: see
/// StoreThread::open().
[[nodiscard]] Result<std::unique_ptr<Database>> open_database(const std::string& directory);

/// A file up to this size is checked in a second or two.
inline constexpr std::uint64_t kCheckedBytes = std::uint64_t{256} << 20;

}  // namespace kamexec::stored

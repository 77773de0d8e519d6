// SPDX-License-Identifier: GPL-2.0-or-later
// Room on the disk that is given up when it is full. Whatever happens to a stored call, that it has
// run or is forgotten, is a write; without room for that a queue that has filled its disk would
// stay there for ever.
#pragma once

#include <cstddef>
#include <string>

namespace kamexec::stored {

/// The file queue.reserve of a directory, which holds nothing. Several processes may have the same
/// one. Not thread-safe.
class DiskReserve {
 public:
  /// @p directory: of the database. Nothing is made yet.
  explicit DiskReserve(const std::string& directory);

  /// Bytes that the log may have, and a group of calls, for the reserve to be enough for both.
  [[nodiscard]] std::size_t share() const;

  /// Makes it where it isn't there. False: there is no room for it. True, too, where the file
  /// system can't hold room back: then there is none.
  [[nodiscard]] bool make();
  /// Gives the room to whoever writes next. False: it has been given up already.
  bool give_up();

 private:
  /// The log before it is brought home, the largest group of calls, and the database's growth by
  /// both.
  static constexpr std::size_t kMost = std::size_t{64} << 20;
  static constexpr std::size_t kShares = 4;

  std::string path_;
  std::size_t size_ = 0;  ///< a quarter of the file system, and no more than kMost
};

}  // namespace kamexec::stored

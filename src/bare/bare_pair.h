// SPDX-License-Identifier: GPL-2.0-or-later
// What asking a process that is there already costs at the least: bytes to it over a socket pair,
// and bytes back.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <string>

#include "base/error.h"
#include "base/unique_fd.h"

namespace kamexec::bare {

/// How far a request goes.
enum class Hops {
  one,  ///< to a process that answers it
  two,  ///< to one that relays it to a process that answers it, and relays the answer
};

/// A child that answers each request of so many bytes with so many. It ends with this, or when the
/// process that made it does.
class BarePair {
 public:
  /// Sizes of 1 to kMost bytes. Only for programs that have no other threads.
  [[nodiscard]] static Result<BarePair> create(std::size_t request, std::size_t reply,
                                               Hops hops = Hops::one);
  static constexpr std::size_t kMost = 65536;

  BarePair(BarePair&& other) noexcept;
  BarePair& operator=(BarePair&&) = delete;
  ~BarePair();

  /// One request and its reply. SIGPIPE must be ignored.
  [[nodiscard]] Result<void> round_trip();

 private:
  BarePair(UniqueFd ours, pid_t pid, std::size_t request, std::size_t reply);

  UniqueFd ours_;
  pid_t pid_ = 0;
  std::string request_;
  std::string reply_;
};

}  // namespace kamexec::bare

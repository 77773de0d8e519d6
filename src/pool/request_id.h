// SPDX-License-Identifier: GPL-2.0-or-later
// Names for requests that nobody guesses: a worker that counts for itself, says the same twice, or
// has seen all earlier ones can't hit the next one.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/error.h"

namespace kamexec::pool {

/// 16 hexadecimal digits, or an id that its owner has given: 1 to 32 letters and digits.
class RequestId {
 public:
  static constexpr std::size_t kLongest = 32;

  RequestId() : RequestId(0) {}
  explicit RequestId(std::uint64_t number);
  /// @p text: what is beyond kLongest is left out.
  explicit RequestId(std::string_view text);
  [[nodiscard]] std::string_view text() const { return {digits_.data(), size_}; }

 private:
  std::array<char, kLongest> digits_{};
  std::uint8_t size_ = 0;
};

/// A new id, of the kernel's randomness each time: nothing is kept that a forked child would give
/// out again, or that could be computed from earlier ones. Never waits. The error: the kernel gives
/// none, neither by getrandom(2) nor by /dev/urandom.
[[nodiscard]] Result<RequestId> new_request_id();

/// The same for one owner that isn't used in a forked child: asks the kernel for several at a time,
/// as a system call for each would be one more in every call of a worker.
class RequestIds {
 public:
  [[nodiscard]] Result<RequestId> next();

 private:
  std::array<std::uint64_t, 32> numbers_{};
  std::size_t left_ = 0;  // of numbers_, its first ones
};

}  // namespace kamexec::pool

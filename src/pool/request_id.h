// SPDX-License-Identifier: GPL-2.0-or-later
// Names for requests that nobody guesses: a worker that counts for itself, or says the same twice,
// can't hit the next one.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace kamexec {

/// 16 hexadecimal digits.
class RequestId {
 public:
  RequestId() { digits_.fill('0'); }
  explicit RequestId(std::uint64_t number);
  [[nodiscard]] std::string_view text() const { return {digits_.data(), digits_.size()}; }

 private:
  std::array<char, 16> digits_;
};

/// Gives ids out, each once: 2^64 of them in an order that begins at random. Not thread-safe. In a
/// forked child it would give the same ones as in its parent.
class RequestIds {
 public:
  RequestIds();
  [[nodiscard]] RequestId next();

 private:
  std::uint64_t state_;
};

}  // namespace kamexec

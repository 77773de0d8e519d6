// SPDX-License-Identifier: GPL-2.0-or-later
// Keys and tokens as NATS' nsc makes them, which Debian doesn't have.
#pragma once

#include <array>
#include <cstdint>
#include <string>

namespace kamexec::nats {

class TestKey {
 public:
  enum class Kind : std::uint8_t { account = 0, operators = 14U << 3U, user = 20U << 3U };

  /// A new one.
  explicit TestKey(Kind kind);

  [[nodiscard]] std::string seed() const;
  [[nodiscard]] std::string public_key() const;
  /// A JWT about @p subject that this key signs; @p claims: the object "nats".
  [[nodiscard]] std::string token(const TestKey& subject, const std::string& claims) const;

 private:
  Kind kind_;
  std::array<std::uint8_t, 32> secret_{};
  std::array<std::uint8_t, 32> public_{};
};

/// A file of a user's token and seed.
[[nodiscard]] std::string credentials_text(const std::string& token, const TestKey& user);

}  // namespace kamexec::nats

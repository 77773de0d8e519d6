// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace kamexec::variables {

/// A Kamailio's version, ordered; {} is none in particular.
class ServerVersion {
 public:
  /// Stands for the newest release of a series: "5.8" is 5.8.999.
  static constexpr unsigned kNewest = 999;

  constexpr ServerVersion() = default;
  constexpr ServerVersion(unsigned major, unsigned minor, unsigned release)
      : number_(major * 1'000'000 + minor * 1000 + release) {}

  /// "5.8", "5.8.3", "6.2.0-dev0" (as 6.2.0); absent: it is no such text.
  [[nodiscard]] static std::optional<ServerVersion> read(std::string_view text);

  [[nodiscard]] constexpr bool is_none() const { return number_ == 0; }
  /// As the server's define KAMAILIO_VERSION has it: 5008003. A series has that of its newest.
  [[nodiscard]] constexpr unsigned number() const { return number_; }
  /// Whether no release of the series is meant in particular.
  [[nodiscard]] constexpr bool is_series() const { return number_ % 1000 == kNewest; }
  /// "5.8", "5.8.3"; empty for none.
  [[nodiscard]] std::string text() const;
  /// As text(), but the first release of a series is named as the series is: "6.1" for 6.1.0.
  [[nodiscard]] std::string text_of_first() const;

  constexpr auto operator<=>(const ServerVersion&) const = default;

 private:
  unsigned number_ = 0;
};

}  // namespace kamexec::variables

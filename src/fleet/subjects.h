// SPDX-License-Identifier: GPL-2.0-or-later
// The names under which a fleet's messages are sent: docs/fleet-protocol.md, "Subjects".
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace kamexec::fleet {

/// The queue group of all that offer a program.
inline constexpr std::string_view kQueueGroup = "kx";
/// The name of the service by which worker daemons are found (ADR-32).
inline constexpr std::string_view kServiceName = "kamexec";

/// A token of a subject that an operator chooses (prefix, zone): 1 to 32 letters, digits, '_' and
/// '-'. A prefix may have several, with dots between them.
[[nodiscard]] bool is_token(std::string_view text);
[[nodiscard]] bool is_prefix(std::string_view text);

/// Programs' names and IDs are tokens already.
class Subjects {
 public:
  /// @p prefix: is_prefix().
  explicit Subjects(std::string prefix = "kx") : prefix_(std::move(prefix)) {}

  [[nodiscard]] std::string call(std::string_view program) const;
  [[nodiscard]] std::string call_in_zone(std::string_view program, std::string_view zone) const;
  [[nodiscard]] std::string to(std::string_view worker, std::string_view program) const;
  [[nodiscard]] std::string to_any_of(std::string_view worker) const;  ///< a wildcard
  [[nodiscard]] std::string cancel(std::string_view program) const;
  [[nodiscard]] std::string note(std::string_view program) const;
  [[nodiscard]] std::string dead(std::string_view program) const;
  [[nodiscard]] std::string any_note() const;  ///< a wildcard
  [[nodiscard]] std::string any_dead() const;  ///< a wildcard

  [[nodiscard]] const std::string& prefix() const { return prefix_; }
  /// The last token of @p subject: the program of kx.to.ID.NAME.
  [[nodiscard]] static std::string_view last(std::string_view subject);

 private:
  std::string prefix_;
};

}  // namespace kamexec::fleet

// SPDX-License-Identifier: GPL-2.0-or-later
// What a NATS server says when it doesn't permit something.
#pragma once

#include <string>
#include <string_view>

namespace kamexec::nats {

struct Refusal {
  bool publishes = false;  ///< it is about a message that was sent, to:
  std::string subject;
};

/// Reads the text of an -ERR: `Permissions Violation for Publish to "SUBJECT"`.
[[nodiscard]] Refusal read_refusal(std::string_view text);

}  // namespace kamexec::nats

// SPDX-License-Identifier: GPL-2.0-or-later
// Texts in which a value becomes code or chooses what runs, and texts in which it is data.
#pragma once

#include <span>

namespace kamexec::command {

enum class Sends { value, message };  ///< message: on standard input too

struct InterpretedText {
  const char* text;
  const char* sink;  ///< what the way ends in: "sh -c"
  Sends sends = Sends::value;
};

/// Refused: grouped as docs/security.md groups them.
[[nodiscard]] std::span<const InterpretedText> interpreted_texts();
/// Accepted: values are data in them.
[[nodiscard]] std::span<const char* const> data_texts();

}  // namespace kamexec::command

// SPDX-License-Identifier: GPL-2.0-or-later
// Pseudo-variables that a message alone can answer.
#pragma once

#include <optional>
#include <string_view>

#include "tool/sip/sip_message.h"
#include "tool/variables/value.h"

namespace kamexec::tool {

/// The value of a class that takes no name ("rU", "fu", "ci" …), as the server's pv module gives it
/// before a script changed anything. Nothing: the message alone does not tell.
[[nodiscard]] std::optional<Value> message_value(const SipMessage& message,
                                                 std::string_view class_name);

/// $hdr(name), and $(hdr(name)[index]): @p index is a number (negative: from the last), "*" for all
/// with commas between, or empty for the first. @p name "*": any header. Nothing where the index is
/// none of these.
[[nodiscard]] std::optional<Value> header_value(const SipMessage& message, std::string_view name,
                                                std::string_view index);
/// $hdrc(name).
[[nodiscard]] Value header_count(const SipMessage& message, std::string_view name);

}  // namespace kamexec::tool

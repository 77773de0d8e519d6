// SPDX-License-Identifier: GPL-2.0-or-later
// What the messages of both directions have in common: words, the hello, and how a fault is told.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"

namespace kamexec::service {

/// Bytes of a line that holds words alone, and of any line of the daemon's; its LF not counted.
inline constexpr std::size_t kLongestWordLine = 1024;
inline constexpr std::size_t kLongestDaemonLine = std::size_t{64} * 1024;
/// Bytes of memory that a reader keeps for the next message.
inline constexpr std::size_t kKept = std::size_t{16} * 1024;
/// The longest name of a program, a function or a verb.
inline constexpr std::size_t kLongestWord = 64;
inline constexpr std::size_t kLongestDetail = 4096;
inline constexpr int kHighestStatus = 255;  ///< of an exit
/// 24 days: what every type of ours holds.
inline constexpr std::uint32_t kMostMilliseconds = 0x7fffffff;

/// 1 to 32 letters and digits.
[[nodiscard]] bool is_id(std::string_view word);
/// 1 to kLongestWord letters, digits, '_' and '-'.
[[nodiscard]] bool is_word(std::string_view word);

/// Reads the whole line of a hello, of either direction.
[[nodiscard]] Result<std::uint32_t> read_hello(std::string_view line);

inline constexpr std::string_view kBadEscape =
    "sent a % that is not followed by two hexadecimal digits";

/// @p what, as after "the client", and the line's beginning in printable ASCII.
[[nodiscard]] tl::unexpected<Error> out_of_step(std::string_view what, std::string_view line);

}  // namespace kamexec::service

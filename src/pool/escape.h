// SPDX-License-Identifier: GPL-2.0-or-later
// Any bytes as one line of printable ASCII: the only encoding that the worker protocol has
// (docs/worker-protocol.md). Nothing that a caller sends can upset a worker's text decoder or end
// its line, and `read -r` of a POSIX shell gives it back unchanged.
#pragma once

#include <string>
#include <string_view>

namespace kamexec::pool {

/// Appends @p value to @p to, with "%XX" for controls, DEL, bytes from 0x80 on, '%', and a space at
/// either end (which a shell's read would trim).
void append_escaped(std::string& to, std::string_view value);

/// Appends the bytes that @p text stands for; other than "%XX" (hexadecimal of either case) every
/// byte stands for itself. False where a '%' isn't followed by two digits: @p to then holds what
/// came before it.
[[nodiscard]] bool append_unescaped(std::string& to, std::string_view text);

}  // namespace kamexec::pool

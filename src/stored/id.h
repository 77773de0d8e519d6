// SPDX-License-Identifier: GPL-2.0-or-later
// The ids of notifications.
#pragma once

#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace kamexec::stored {

/// Wall-clock time, in milliseconds: it must mean something after a restart of the machine.
using WallTime = std::chrono::sys_time<std::chrono::milliseconds>;
[[nodiscard]] WallTime wall_now();

/// A new id: 32 lower-case hexadecimal digits, a UUID of version 7 (RFC 9562 section 5.7) without
/// its hyphens: @p now, then the kernel's randomness. Ids that are made one after the other stand
/// side by side in the store's index, which makes them cheap to store. Any thread.
[[nodiscard]] Result<std::string> new_id(WallTime now);

/// An id as its 16 bytes.
using IdBytes = std::array<char, 16>;
/// Absent: not 32 lower-case hexadecimal digits.
[[nodiscard]] std::optional<IdBytes> id_bytes(std::string_view id);
[[nodiscard]] std::string id_text(const IdBytes& bytes);

}  // namespace kamexec::stored

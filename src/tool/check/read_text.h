// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <string>

#include "base/error.h"

namespace kamexec::tool::check {

/// The most that is read of one file. The largest public configurations are under 1 MiB.
inline constexpr std::size_t kMostBytes = std::size_t{16} << 20;

/// The bytes of a regular file. Errors: it can't be opened or read, is no regular file, is larger
/// than kMostBytes.
[[nodiscard]] Result<std::string> read_text(const std::string& path);

}  // namespace kamexec::tool::check

// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string_view>

#include "base/error.h"

namespace kamexec::output {

/// Whether @p uri, of a request line, may be handed to a program as an argument: it begins with a
/// scheme (RFC 3986 section 3.1), and so is neither an option nor the path of a file. The host
/// lets any bytes between two blanks through. The error shows it in printable words.
[[nodiscard]] Result<void> check_uri_argument(std::string_view uri);

}  // namespace kamexec::output

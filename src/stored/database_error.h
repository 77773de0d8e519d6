// SPDX-License-Identifier: GPL-2.0-or-later
// What SQLite reports, in words for the operator.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace kamexec::stored {

/// "can't <doing> <path>: <what is wrong>: <the remedy>". @p doing: "read" … @p code: an extended
/// result code of SQLite. @p number: sqlite3_system_errno(), or 0; it is the error's errno where it
/// belongs to @p code.
[[nodiscard]] Error database_error(std::string_view doing, const std::string& path, int code,
                                   int number);

/// As database_error, of a file beside the database or of one that is to be it. @p number: errno.
[[nodiscard]] Error file_error(std::string_view doing, const std::string& path, int number);

/// Of a database whose content contradicts itself in @p what.
[[nodiscard]] Error damaged(const std::string& path, std::string_view what);

}  // namespace kamexec::stored

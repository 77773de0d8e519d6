// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <vector>

#include "command/prepared_command.h"
#include "command/scan.h"

namespace kamexec::command {

/// The words of a text that needs no shell; empty where it needs one: because of its syntax, or
/// because its first word is a builtin that differs from the program of that name, or has none.
[[nodiscard]] std::vector<Word> plain_words(const Scan& scan);

}  // namespace kamexec::command

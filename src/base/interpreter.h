// SPDX-License-Identifier: GPL-2.0-or-later
// Programs that are there and can't be run: the system's "No such file or directory" means what
// they name.
#pragma once

#include <string>

namespace kamexec {

/// What is missing to run the file at @p path: the interpreter that a script's first line names
/// (which lines that end in CR LF make another one), or the loader that a binary was linked for. In
/// words that go on from "can't run PATH: "; printable. Empty: nothing is known to be wrong, the
/// file itself may be missing or unreadable.
[[nodiscard]] std::string missing_interpreter(const std::string& path);

/// The file that the kernel opens to run the one at @p path: a script's interpreter, or the loader
/// that a binary was linked for. Empty: none, or the file can't be read.
[[nodiscard]] std::string interpreter_of(const std::string& path);

}  // namespace kamexec

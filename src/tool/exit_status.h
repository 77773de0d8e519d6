// SPDX-License-Identifier: GPL-2.0-or-later
// What the tool's exit status says, the same for every command.
#pragma once

namespace kamexec {

/// Done; nothing to say against.
inline constexpr int kFine = 0;
/// check: there are findings; try: the call's outcome is not "ok".
inline constexpr int kFound = 1;
/// The command line, or an input that it names, can't be used.
inline constexpr int kUnusable = 2;
/// Something needed is missing on this machine.
inline constexpr int kNotPossible = 3;

}  // namespace kamexec

// SPDX-License-Identifier: GPL-2.0-or-later
// What the tool's exit status says, the same for every command.
#pragma once

namespace kamexec {

enum ExitStatus : int {
  kFine = 0,         ///< done; nothing to say against
  kFound = 1,        ///< check: there are findings; try: the call's outcome is not "ok"
  kUnusable = 2,     ///< the command line, or an input that it names, can't be used
  kNotPossible = 3,  ///< something needed is missing on this machine
};

}  // namespace kamexec

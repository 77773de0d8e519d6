// SPDX-License-Identifier: GPL-2.0-or-later
// Values that a careless command would do something with. Where one would have an effect if a shell
// parsed it, the effect is a file named "marker" in the working directory.
#pragma once

#include <string>
#include <vector>

namespace kamexec::command {

/// A few, each of many kinds: enough to tell a wrong context.
[[nodiscard]] std::vector<std::string> worst_values();
/// Several hundred: every byte alone, and every kind of what is special to some shell or program.
[[nodiscard]] std::vector<std::string> hostile_values();
/// Some that are long, up to 64 KiB.
[[nodiscard]] std::vector<std::string> long_values();

}  // namespace kamexec::command

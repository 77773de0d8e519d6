// SPDX-License-Identifier: GPL-2.0-or-later
// Shell texts whose contexts are hard to tell, with variables at various spots.
#pragma once

#include <string>
#include <vector>

namespace kamexec::command {

/// Texts that are prepared, and print with a harmless value what they print with it pasted in.
[[nodiscard]] const std::vector<std::string>& prepared_texts();
/// Texts that are refused: no quoting makes them safe, or shells read them differently.
[[nodiscard]] const std::vector<std::string>& refused_texts();

}  // namespace kamexec::command

// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

namespace kamexec::variables {

/// Why a text is no variable, in words, and what to write instead.
struct VariableProblem {
  std::string message;
  std::string remedy;
  /// The variable is one of this module, which is not loaded: nothing else is known to be wrong.
  std::string missing_module{};
};

}  // namespace kamexec::variables

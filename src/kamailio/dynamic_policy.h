// SPDX-License-Identifier: GPL-2.0-or-later
// Commands that are built at run time: who may run them, and what is said about it.
#pragma once

#include <string_view>

#include "kamailio/module.h"

namespace kamexec {

/// Whether a text without values, from a script engine, may run. Warns once for each distinct text
/// of a process (a bounded number of them) with the safe form; logs an error where it is refused.
[[nodiscard]] bool kemi_text_allowed(KxFunction function, std::string_view text);

}  // namespace kamexec

// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "tool/check/assessment.h"
#include "tool/check/script_calls.h"

namespace kamexec::tool::check {

/// A call of a script engine: a literal is judged as what it is, anything else is unseen.
[[nodiscard]] Assessment assess_script_call(const ScriptCall& call,
                                            const Surroundings& surroundings);

}  // namespace kamexec::tool::check

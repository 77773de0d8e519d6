// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

#include "tool/try/trial.h"

namespace kamexec::tool {

/// For people: what came from outside is printable, long values are cut. Ends with a line end.
[[nodiscard]] std::string text_report(const Trial& trial, bool colours);

/// For programs: one JSON object, nothing cut. A text that is no UTF-8 is {"hex": "…"}.
[[nodiscard]] std::string json_report(const Trial& trial);

}  // namespace kamexec::tool

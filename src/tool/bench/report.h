// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

#include "base/error.h"
#include "tool/bench/rounds.h"

namespace kamexec::tool {

/// A table for people; the title is printable. Ends with a line end.
[[nodiscard]] std::string bench_text(const Measured& measured, bool colours);

/// One JSON object: microseconds, calls a second, and ours_to_this: how many times as long ours
/// takes as that subject.
[[nodiscard]] std::string bench_json(const Measured& measured);
/// {"error": "…"}.
[[nodiscard]] std::string bench_json_error(const Error& error);

}  // namespace kamexec::tool
